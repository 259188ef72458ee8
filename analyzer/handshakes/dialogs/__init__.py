"""Dialogs: the protocols that come before TLS, a family a file."""
