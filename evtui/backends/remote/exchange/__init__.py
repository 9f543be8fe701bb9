"""One request and its reply over each transport of MI, and how a client waits for it."""
