"""The commands `evtui script …`."""
