"""What holds where torchvision cannot be imported."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from jpadse_core import PluginBroken, SemanticsError
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.loading import load
from jpadse_plugin_torchvision.pinned import PINNED


def test_weights_are_pinned_by_the_digits_in_their_names() -> None:
    for file in PINNED.values():
        assert re.fullmatch(rf"\w+-{file.sha256}\.pth", file.name)
        assert re.fullmatch(r"[0-9a-f]{8}", file.sha256)
        assert file.url == f"https://download.pytorch.org/models/{file.name}"
        assert file.licence.startswith("BSD-3-Clause")


def test_checking_finds_nothing_wrong_with_a_model_not_chosen_yet() -> None:
    (component,) = [found for found in discover("semantics") if found.name == "torchvision"]
    assert checked(component).status == "ok"


def test_a_network_that_torchvision_does_not_have_is_refused_before_anything_is_imported() -> None:
    with pytest.raises(SemanticsError, match="model='deeplabv4'"):
        load("semantics", "torchvision", {"model": "deeplabv4"})


def test_a_torchvision_that_cannot_be_imported_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(
        PluginBroken, match=r"torchvision cannot be imported .*: install the torchvision that goes with"
    ):
        load("semantics", "torchvision", {"model": "fcn_resnet50", "weights": tmp_path / "any.pth"})
