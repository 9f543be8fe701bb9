"""The console's panes and lines."""
