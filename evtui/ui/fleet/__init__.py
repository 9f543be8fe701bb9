"""What the console shows of a fleet: its servers, their lights, and the choice among them."""
