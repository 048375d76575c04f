"""The batteries: codecs, extractor, enhancer and metrics that come with `pip install jpadse`."""
