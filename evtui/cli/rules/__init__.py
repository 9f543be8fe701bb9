"""The commands `evtui rules …`."""
