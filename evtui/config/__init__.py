"""Configuration: one frozen Config made of file, environment and command line, with the origin of each value."""
