"""Measures rate, distortion, perception and accuracy of codecs, plain and enhanced, from real bytes."""
