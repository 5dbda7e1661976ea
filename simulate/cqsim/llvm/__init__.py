"""A schedule as machine code: LLVM's language, native code, WebAssembly."""
