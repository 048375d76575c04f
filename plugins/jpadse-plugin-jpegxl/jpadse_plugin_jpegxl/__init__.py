"""JPEG XL for JPADSE."""
