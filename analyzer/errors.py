"""What the *caller* did wrong, as exceptions.

Here lives: every exception that leaves the library.  Here does not live: what the wire did wrong (``handshakes.anomaly``).
"""

__all__ = [
    "CaptureError", "FilterError", "JudgingError", "LiveError", "NoInterfaceError", "NoPermissionError", "NoProgramError",
    "NotACaptureError", "PolicyError", "TlsscanError", "TrustStoreError",
]  # fmt: skip


class TlsscanError(Exception):
    """Root of all errors that tlsscan raises on purpose; its text is one line for a person."""


class CaptureError(TlsscanError):
    """An input that cannot be opened or read (missing, no permission, a folder without captures)."""


class NotACaptureError(CaptureError):
    """An input that is no capture file of a known kind."""


class LiveError(CaptureError):
    """An interface that cannot be captured on; begins with the interface's name where there is one."""


class NoInterfaceError(LiveError):
    """No such interface here; the text names those that there are."""


class NoPermissionError(LiveError):
    """Nothing that is installed may capture on the interface; the text says what is missing and how to give it."""


class NoProgramError(LiveError):
    """The program that was asked for is not installed, or none that captures is."""


class FilterError(LiveError):
    """A capture filter that means nothing; the text says where it is wrong."""


class JudgingError(TlsscanError):
    """What findings should rest on cannot be had: no such time, policy or finding."""


class TrustStoreError(JudgingError):
    """A trust store that is missing, cannot be read, or holds no certificate."""


class PolicyError(JudgingError):
    """A policy that is missing or says something that means nothing; names the file, the clause and the key."""
