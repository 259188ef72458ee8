"""What the *caller* did wrong.  What the wire did wrong is an Anomaly, never an exception that leaves the library."""

__all__ = ["CaptureError", "NotACaptureError", "TlsscanError"]


class TlsscanError(Exception):
    """Root of all errors that tlsscan raises on purpose; its text is one line for a person."""


class CaptureError(TlsscanError):
    """An input that cannot be opened or read (missing, no permission, a folder without captures)."""


class NotACaptureError(CaptureError):
    """An input that is no capture file of a known kind."""
