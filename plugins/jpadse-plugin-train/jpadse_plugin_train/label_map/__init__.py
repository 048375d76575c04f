"""Training of the label-map coder's network."""
