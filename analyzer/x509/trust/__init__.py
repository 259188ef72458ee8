"""Trust: whether a chain of certificates leads to somebody whom one trusts, at a given time, and what vouches for it.

Here lives: the room's face.  Here does not live: what stands in a certificate (``x509``), whether it matters (``findings``).
"""
