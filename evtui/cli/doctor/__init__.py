"""`evtui doctor`: checks of the place where evtui runs, each with what to do when it fails."""
