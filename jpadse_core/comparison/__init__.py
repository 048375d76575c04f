"""A codec against its enhanced self on one picture: at equal bytes, in numbers and side by side."""
