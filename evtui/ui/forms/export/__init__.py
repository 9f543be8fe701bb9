"""Rows of the stream in files: what is told of a row, in which form, and the dialog that asks where."""
