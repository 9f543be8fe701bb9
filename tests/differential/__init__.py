"""Random routing scripts, run here and on a server that somebody has built: a tool for developers."""
