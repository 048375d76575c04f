"""Training, export and measurement of the built-in semantic extractor, a small DeepLab."""
