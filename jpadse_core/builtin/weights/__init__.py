"""The weights that ship in the package, each with its model card, and their pinned digests in SHA256SUMS."""
