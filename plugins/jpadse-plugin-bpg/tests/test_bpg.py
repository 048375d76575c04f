"""The codec `bpg` keeps its contract, with a stand-in for libbpg's programs.

So the golden file holds the header, the extension data and the sidecar to what they were, and not libbpg's HEVC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image
from stand_in import bpg_file, converted

from jpadse_core import CodecError, RgbImage
from jpadse_core.testing import CodecTests
from jpadse_plugin_bpg import codec as codec_module
from jpadse_plugin_bpg.codec import BpgCodec


def run_here(program: str, arguments: Sequence[str], source: bytes, kind: str, result: str) -> bytes:
    """In this process, which is a hundred times faster than to start one."""
    try:
        return converted("bpgenc" if kind == "png" else "bpgdec", source, int(arguments[1]) if arguments else 0)
    except Exception as error:
        raise CodecError(f"the stand-in failed: {error}") from error


class TestBpgCodec(CodecTests):
    component = BpgCodec
    golden = Path(__file__).parent / "golden"

    def golden_inputs(self, component: BpgCodec) -> Iterator[tuple[str, bytes]]:
        return (made for made in super().golden_inputs(component) if made[0].endswith(".file"))

    def file_with_alpha(self, rgba: RgbImage) -> bytes:
        return bpg_file(Image.fromarray(rgba))

    @pytest.fixture(autouse=True)
    def _without_processes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(codec_module, "_run", run_here)
