"""Ordered bytes of connections."""
