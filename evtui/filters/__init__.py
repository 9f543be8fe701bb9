"""The filter language: from a text to a decision about records. It does no IO and reads no clock."""
