"""The hooks there are: what a plugin can do to every picture and file beside being a component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from jpadse_core.encoded import Encoded
    from jpadse_core.interfaces.enhancer import Enhancer, Hints
    from jpadse_core.interfaces.picture import Picture, RgbImage

hookspec = pluggy.HookspecMarker("jpadse")
hookimpl = pluggy.HookimplMarker("jpadse")
"""Marks a function of a plugin module as the implementation of the hook of the same name."""


class Hooks:
    """Each hook may be implemented by several plugins, and an implementation names only the arguments that it wants.
    One that raises is a warning, and the picture is coded as if it were not there."""

    @hookspec
    def jpadse_before_encode(self, picture: Picture, codec: str) -> Picture | None:
        """A picture is about to be encoded by the codec of that name. Returns the picture to encode in its place, of
        the same height and width, or None; implementations see what those before them made. Its arrays must not be
        changed."""

    @hookspec
    def jpadse_sections(self, picture: Picture, codec: str) -> Mapping[str, bytes] | None:
        """Private sections for the file of `picture`: name, such as "example.org/provenance", to content. A name has 1
        to 100 printable characters and no spaces; two plugins cannot use one name. JPADSE keeps the contents with a
        checksum, and hands them to `jpadse_decoded` and to `DecodedPicture.private`."""

    @hookspec
    def jpadse_encoded(self, encoded: Encoded) -> None:
        """A picture has been encoded; `encoded` is what the caller gets."""

    @hookspec
    def jpadse_before_decode(self, data: bytes) -> bytes | None:
        """A file is about to be decoded. Returns the file to decode in its place, or None; implementations see what
        those before them made."""

    @hookspec
    def jpadse_choose_enhancer(self, codec: str, hints: Hints) -> str | Enhancer | None:
        """A file that names no enhancer is about to be enhanced. Returns the name of an installed enhancer,
        `distribution:name`, or an instance; None leaves the choice to others. The first that is not None is taken. What
        the caller chose, and what the file was made with, goes before it."""

    @hookspec
    def jpadse_decoded(self, picture: RgbImage, sections: Mapping[str, bytes]) -> None:
        """A file has been decoded to `picture`, uint8 `[H, W, 3]`, which must not be changed; `sections` are its intact
        private sections."""


def hook_problems(module: object) -> list[str]:
    """What is wrong with a plugin's hooks: none at all, or hooks and arguments that are not in `Hooks`."""
    manager = pluggy.PluginManager("jpadse")
    manager.add_hookspecs(Hooks)
    try:
        manager.register(module)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        return [str(error).splitlines()[-1]]
    callers = manager.get_hookcallers(module) or []
    wrappers = [c.name for c in callers for found in c.get_hookimpls() if found.wrapper or found.hookwrapper]
    if wrappers:
        return [f"plain functions: {', '.join(wrappers)} would be a wrapper"]
    return [] if callers else ["any function marked with jpadse_core.hookimpl"]
