"""AVIF for JPADSE."""
