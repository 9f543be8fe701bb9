"""Watch rules: what they say, and when they fire. They do no IO; the time is passed in."""
