"""Sans-IO codecs: functions between bytes and values, without socket, clock, log or await."""
