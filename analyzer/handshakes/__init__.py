"""Conversations rebuilt: what both sides of a flow say, as Handshakes."""
