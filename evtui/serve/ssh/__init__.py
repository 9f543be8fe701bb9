"""The SSH door: the console for those whose key is known, each in a session of its own (docs/ssh.md)."""
