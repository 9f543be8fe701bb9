"""The console's forms: raising an event and subscribing a socket."""
