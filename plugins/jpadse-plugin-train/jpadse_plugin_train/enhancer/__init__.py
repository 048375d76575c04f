"""The default enhancer: network, pairs of pictures to learn from, losses, training, export."""
