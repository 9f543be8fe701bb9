"""The backend of a server that is reached over its management interface."""
