"""BPG for JPADSE."""
