"""WebP for JPADSE."""
