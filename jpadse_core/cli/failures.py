"""What a command says of an exception: one line."""

from __future__ import annotations

import click

from jpadse_core.errors import JpadseError


def is_expected(error: Exception) -> bool:
    """Whether it is an answer rather than a defect, of JPADSE's or of a plugin."""
    return isinstance(error, JpadseError | OSError | MemoryError)


def told(error: Exception) -> str:
    """The error in one line."""
    origin = "" if is_expected(error) else f"unexpected {type(error).__name__}, jpadse --debug tells more: "
    return f"{origin}{' '.join(str(error).split()) or type(error).__name__}"


def is_debugging() -> bool:
    """Whether the user wants to see where unexpected errors come from."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get("debug"))
