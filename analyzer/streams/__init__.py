"""Streams: ordered bytes of the flows that shake hands."""
