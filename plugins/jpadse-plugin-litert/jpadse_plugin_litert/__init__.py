"""Label maps from any LiteRT (`.tflite`) segmentation model."""
