"""Ground-truth label maps from files beside the picture."""
