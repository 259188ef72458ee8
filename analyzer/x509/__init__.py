"""x509: DER in, certificates and OCSP answers out.

Here lives: reading.  Here does not live: chains and trust, judgement (``findings``), the registry of names.
"""

from analyzer.x509.certificate import Certificate, read_certificate
from analyzer.x509.signatures import is_self_signed

__all__ = ["Certificate", "is_self_signed", "read_certificate"]
