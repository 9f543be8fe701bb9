"""The commands `evtui config …`."""
