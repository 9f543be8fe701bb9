"""The panes of the Script screen: the routes, the coloured files, the findings and the log."""
