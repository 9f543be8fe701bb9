"""What shells and `man` show of the command line: completion and the manual page."""
