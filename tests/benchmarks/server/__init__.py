"""The same configuration on evtui and on a server of OpenSIPS, beside each other."""
