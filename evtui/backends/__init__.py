"""Both sides of the Backend port: an engine in this loop, and a server over its management interface."""
