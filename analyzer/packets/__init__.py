"""What each packet is, in columns, and which of them matter."""
