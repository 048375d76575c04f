"""Reading a file, with its failure as this project's error."""

from __future__ import annotations

import os
from pathlib import Path

from jpadse_core.errors import ImageError


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        ImageError: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageError(f"{os.fspath(path)}: cannot be read: {reason}") from error
