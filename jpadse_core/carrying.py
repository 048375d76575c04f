"""A codec's carrier behind a fence: what it raises becomes this project's error with the codec's name."""

from __future__ import annotations

from typing import Any, cast

from jpadse_core.calling import failing_as
from jpadse_core.errors import CodecError
from jpadse_core.interfaces.codec import Carrier, Codec, carrier_of


def fenced_carrier_of(codec: Codec) -> Carrier | None:
    """The codec's carrier, where it has one. Its methods raise `CodecError` where they fail."""
    carrier = carrier_of(codec)
    return None if carrier is None else cast(Carrier, _Fenced(carrier, f'the carrier of codec "{codec.name}"'))


class _Fenced:
    def __init__(self, carrier: Carrier, who: str) -> None:
        self._carrier = carrier
        self._who = who

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._carrier, name)
        if not callable(found):
            return found

        def called(*arguments: Any) -> Any:
            with failing_as(CodecError, self._who):
                return found(*arguments)

        return called
