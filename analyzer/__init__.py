"""tlsscan: TLS handshakes out of network captures."""
