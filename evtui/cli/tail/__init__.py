"""The command `evtui tail`."""
