"""The console: Textual over the Backend port."""
