"""Label maps from torchvision's segmentation models."""
