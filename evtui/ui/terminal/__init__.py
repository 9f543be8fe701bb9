"""What is under the console: its driver, the bytes that are typed, keys typed in one burst, its style sheets."""
