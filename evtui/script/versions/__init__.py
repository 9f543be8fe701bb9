"""In what the versions of OpenSIPS differ for a script, and which of them a script is written for."""
