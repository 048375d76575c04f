"""What a header says of the components that made a file."""

from __future__ import annotations

from typing import Any

from jpadse_core.bitstream.header import DIGEST_DIGITS, LabelSetReference
from jpadse_core.calling import digest_of
from jpadse_core.file_semantics import FileSemantics
from jpadse_core.interfaces.codec import Codec
from jpadse_core.interfaces.enhancer import Enhancer
from jpadse_core.interfaces.semantics import SemanticExtractor
from jpadse_core.plugins.discovery import Kind, discover


def component_fields(codec: Codec, enhancer: Enhancer | None) -> dict[str, Any]:
    """The header's fields about a codec and an enhancer."""
    fields: dict[str, Any] = {"codec": codec.name, "codec_distribution": _distribution("codec", codec)}
    if enhancer is not None:
        fields |= {
            "enhancer": enhancer.name,
            "enhancer_distribution": _distribution("enhancer", enhancer),
            "weights": digest_of(enhancer)[:DIGEST_DIGITS],
        }
    return fields


def semantics_fields(extractor: SemanticExtractor | None, semantics: FileSemantics) -> dict[str, Any]:
    """The header's fields about semantics. An extractor is named where its map was left out, too: that tells a reader
    that there was one.

    A file with derived semantics names a label set and holds no map, so that a reader that does not know of them shows
    the plain picture, with a warning, and none that nobody measured.
    """
    label_map = semantics.label_map
    if extractor is None or semantics.source == "none":
        return {}
    if semantics.source == "derived":
        return {
            "divisor": semantics.divisor,
            "semantics": extractor.name,
            "semantics_distribution": _distribution("semantics", extractor),
            "semantics_weights": digest_of(extractor)[:DIGEST_DIGITS],
            "labels": LabelSetReference(name=extractor.labels.name, classes={}),
            "derived": True,
        }
    if label_map is None:
        return {"semantics": extractor.name}
    return {
        "divisor": semantics.divisor,
        "semantics": extractor.name,
        "labels": semantics.reference,
        "smallest_region": semantics.smallest_region,
    }


def _distribution(kind: Kind, part: Any) -> str:
    """The installed distribution that a component comes from; empty for one that is not installed."""
    homes = {type(part).__module__, getattr(part, "__module__", "")}
    claims = [component for component in discover(kind) if component.name == part.name]
    exact = [claim for claim in claims if claim.entry_point.module in homes]
    if exact:
        return exact[0].distribution
    near = [claim for claim in claims if _package(claim.entry_point.module) in map(_package, homes)]
    return near[0].distribution if len(near) == 1 else ""


def _package(module: str) -> str:
    """The outermost: a package may offer what is made in a module of its own."""
    return module.partition(".")[0]
