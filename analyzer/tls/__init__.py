"""The protocol, sans-IO: bytes in, immutable values out.  Imports no other room."""
