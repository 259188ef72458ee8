"""Packets: what each packet is, in columns; one file a step from the link header to the sieve."""
