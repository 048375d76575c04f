"""HEIC for JPADSE."""
