"""Label maps from Hugging Face's segmentation models."""
