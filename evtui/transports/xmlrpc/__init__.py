"""XML-RPC: a call a notification."""
