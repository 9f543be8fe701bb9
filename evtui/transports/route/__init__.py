"""route and routing: the routes of a script as subscribers."""
