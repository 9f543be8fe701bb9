"""The variables of scripts: how they are read and written, and the port to the compiler that this needs."""
