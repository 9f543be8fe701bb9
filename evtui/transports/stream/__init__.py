"""tcp and jsonrpc: JSON-RPC over a connection that stays open."""
