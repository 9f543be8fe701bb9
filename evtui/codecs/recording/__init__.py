"""The lines of a recording: their types, and how records become lines and lines become records."""
