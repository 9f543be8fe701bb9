"""Several servers and sources as one backend: each with its own task, its own pauses and its own bounds."""
