"""Write a model as source: NumPy for a few runs, LLVM for many; from one tree."""
