"""Text of the console: cells, columns, numbers, folded lines."""
