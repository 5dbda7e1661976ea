"""Write a model as source: NumPy for a few runs, Numba for many; from one tree."""
