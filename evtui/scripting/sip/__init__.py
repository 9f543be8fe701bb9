"""SIP as far as scripts need it: messages understood, replies written, a UDP socket. It is not a proxy."""
