"""What the *caller* did wrong, as exceptions.

Here lives: every exception that leaves the library.  Here does not live: what the wire did wrong (``handshakes.anomaly``).
"""

__all__ = ["CaptureError", "JudgingError", "NotACaptureError", "PolicyError", "TlsscanError", "TrustStoreError"]


class TlsscanError(Exception):
    """Root of all errors that tlsscan raises on purpose; its text is one line for a person."""


class CaptureError(TlsscanError):
    """An input that cannot be opened or read (missing, no permission, a folder without captures)."""


class NotACaptureError(CaptureError):
    """An input that is no capture file of a known kind."""


class JudgingError(TlsscanError):
    """What findings should rest on cannot be had: no such time, policy or finding."""


class TrustStoreError(JudgingError):
    """A trust store that is missing, cannot be read, or holds no certificate."""


class PolicyError(JudgingError):
    """A policy that is missing or says something that means nothing; names the file, the clause and the key."""
