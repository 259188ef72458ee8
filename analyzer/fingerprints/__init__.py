"""Fingerprints: a hello in, a short string out; one algorithm a file."""
