"""`python -m jpadse_plugin_train.enhancer`, for `accelerate launch -m`: the command `jpadse train enhancer`."""

from __future__ import annotations

from jpadse_plugin_train.commands import enhancer

if __name__ == "__main__":
    enhancer()
