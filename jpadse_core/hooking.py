"""Where encoding and decoding ask the hooks of plugins, and what they take for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jpadse_core.bitstream.private import is_private_name
from jpadse_core.bitstream.sections import SectionKey
from jpadse_core.errors import PluginError
from jpadse_core.interfaces.enhancer import Enhancer, Hints
from jpadse_core.interfaces.picture import Picture, is_rgb_image
from jpadse_core.parts import resolve
from jpadse_core.plugins.hooks import answers, complain, passed_through


def picture_to_encode(picture: Picture, codec: str) -> Picture:
    """The picture after `jpadse_before_encode`."""

    def fits(answer: Any) -> bool:
        return (
            isinstance(answer, Picture)
            and is_rgb_image(answer.rgb)
            and answer.rgb.shape == picture.rgb.shape
            and (answer.alpha is None or answer.alpha.shape == picture.rgb.shape[:2])
        )

    return passed_through("jpadse_before_encode", "picture", picture, fits, codec=codec)


def file_to_decode(data: bytes) -> bytes:
    """The file after `jpadse_before_decode`."""
    return passed_through("jpadse_before_decode", "data", data, lambda answer: isinstance(answer, bytes))


def private_sections(picture: Picture, codec: str) -> dict[SectionKey, bytes]:
    """What `jpadse_sections` adds to the file: name to content."""
    found: dict[SectionKey, bytes] = {}
    for who, answer in answers("jpadse_sections", picture=picture, codec=codec):
        if not _are_sections(answer):
            complain(f'jpadse_sections of "{who}" answered with something else than names and bytes')
            continue
        for name, content in answer.items():
            if name in found:
                complain(f'jpadse_sections of "{who}": the file has a section "{name}" already')
            else:
                found[name] = content
    return found


def _are_sections(answer: Any) -> bool:
    return isinstance(answer, Mapping) and all(
        is_private_name(name) and isinstance(content, bytes) for name, content in answer.items()
    )


def chosen_enhancer(codec: str, hints: Hints) -> Enhancer | None:
    """The first usable enhancer that `jpadse_choose_enhancer` names; None where nobody names one."""
    for who, answer in answers("jpadse_choose_enhancer", codec=codec, hints=hints):
        try:
            enhancer: Enhancer = resolve("enhancer", answer)
        except PluginError as error:
            complain(f'jpadse_choose_enhancer of "{who}": {error}', error)
        else:
            return enhancer
    return None
