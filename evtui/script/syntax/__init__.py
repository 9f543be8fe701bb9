"""The syntax of routing scripts: text to tree and back."""
