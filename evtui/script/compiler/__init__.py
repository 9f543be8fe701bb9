"""The compiler: a tree to closures that run."""
