"""The runtime of scripts: values, operators, the state of a program and of a run, and the ports to the host."""
