"""What the Script screen shows, outside Textual: the coloured file, its routes, its findings and its log."""
