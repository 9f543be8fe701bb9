"""The browser door: the console in a web page, over a WebSocket."""
