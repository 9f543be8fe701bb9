"""The backend of a server, evtui or OpenSIPS, that is reached over its management interface."""
