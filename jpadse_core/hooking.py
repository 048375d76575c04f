"""Where encoding and decoding ask the hooks of plugins, and what they take for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jpadse_core.bitstream.private import is_private_name
from jpadse_core.bitstream.sections import SectionKey
from jpadse_core.calling import read_only
from jpadse_core.errors import PluginError
from jpadse_core.interfaces.enhancer import Enhancer, Hints
from jpadse_core.interfaces.picture import Metadata, Picture, is_grey, is_rgb_image
from jpadse_core.parts import resolve
from jpadse_core.plugins.hooks import answers, complain, passed_through


def picture_to_encode(picture: Picture, codec: str) -> Picture:
    """The picture after `jpadse_before_encode`."""

    def fits(answer: Any) -> bool:
        return (
            isinstance(answer, Picture)
            and is_rgb_image(answer.rgb)
            and answer.rgb.shape == picture.rgb.shape
            and (answer.alpha is None or _is_alpha(answer.alpha, picture.rgb.shape[:2]))
            and _is_metadata(answer.metadata)
        )

    shown = replace(
        picture, rgb=read_only(picture.rgb), alpha=None if picture.alpha is None else read_only(picture.alpha)
    )
    made = passed_through("jpadse_before_encode", "picture", shown, fits, codec=codec)
    return replace(made, grey=made.grey and (made is shown or is_grey(made.rgb)))


def _is_alpha(value: Any, shape: tuple[int, ...]) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.shape == shape


def _is_metadata(value: Any) -> bool:
    return isinstance(value, Metadata) and all(
        isinstance(block, bytes | None) for block in (value.icc, value.exif, value.xmp)
    )


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
