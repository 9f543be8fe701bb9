"""The terminal under the console: its driver, the bytes that are typed, and the order of keys typed in one burst."""
