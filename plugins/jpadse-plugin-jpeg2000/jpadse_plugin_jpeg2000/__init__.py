"""JPEG 2000 for JPADSE."""
