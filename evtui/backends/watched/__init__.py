"""An evtui server as a backend: its watch feed for what happens, its management interface for changes."""
