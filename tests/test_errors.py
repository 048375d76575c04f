"""Every documented error exists where it is documented, is public, and is raised by something."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from conftest import Site

import jpadse_core
from jpadse_core import errors
from jpadse_core.builtin import networks
from jpadse_core.weights import WeightsFile

CLASSES = {
    name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
}


def documented() -> dict[str, str]:
    """Name to parent, out of the docstring's tree."""
    tree: dict[str, str] = {}
    above: dict[int, str] = {}
    for indent, names in re.findall(r"^( *)\* ([\w, ]+)", errors.__doc__ or "", re.MULTILINE):
        for name in names.split(", "):
            tree[name.strip()] = above.get(len(indent) - 2, "")
            above[len(indent)] = name.strip()
    return tree


def test_the_docstrings_tree_is_the_class_tree() -> None:
    tree = documented()
    assert set(tree) == set(CLASSES)
    for name, parent in tree.items():
        if parent:
            assert CLASSES[name].__bases__ == (CLASSES[parent],)


def test_every_error_and_warning_is_public() -> None:
    for name, kind in CLASSES.items():
        assert getattr(jpadse_core, name) is kind
        assert name in dir(jpadse_core)


def test_every_error_says_what_it_means() -> None:
    assert all(inspect.getdoc(kind) for kind in CLASSES.values())


def test_every_public_name_is_importable_and_an_unknown_one_is_an_attribute_error() -> None:
    for name in dir(jpadse_core):
        assert getattr(jpadse_core, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'bild_pipeline'"):
        jpadse_core.bild_pipeline  # noqa: B018


@pytest.fixture
def weights_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(networks, "files", lambda package: tmp_path)
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  enhancer.onnx\n")
    return tmp_path


def raise_weights_missing(site: Site) -> None:
    networks.read_weights("enhancer.onnx")


def raise_weights_checksum(site: Site) -> None:
    (networks.files("") / "enhancer.onnx").write_bytes(b"other weights")  # type: ignore[attr-defined]
    networks.read_weights("enhancer.onnx")


def raise_plugin_broken(site: Site) -> None:
    site.install("stranger", {"jpadse.codecs": {"broken": "stranger_broken:C"}}, {"stranger_broken": "import nothing_"})
    jpadse_core.build_pipeline("broken", None, None)


def raise_plugin_incompatible(site: Site) -> None:
    site.install("stranger", {"jpadse.codecs": {"new": "json:loads"}, "jpadse.contract": {"2": "json"}})
    jpadse_core.build_pipeline("new", None, None)


def raise_plugin_unavailable(site: Site) -> None:
    source = "import jpadse_core\ndef codec():\n    raise jpadse_core.PluginUnavailable('needs abc: install abc')"
    site.install("stranger", {"jpadse.codecs": {"needy": "stranger_needy:codec"}}, {"stranger_needy": source})
    jpadse_core.build_pipeline("needy", None, None)


def raise_plugin_conflict(site: Site) -> None:
    for name in ("one", "two"):
        site.install(name, {"jpadse.codecs": {"same": "json:loads"}})
    jpadse_core.build_pipeline("same", None, None)


def raise_weights_offline(site: Site) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JPADSE_CACHE", str(site.folder / "cache"))
        patch.setenv("JPADSE_OFFLINE", "1")
        WeightsFile("net.onnx", "https://example.invalid/net.onnx", "0" * 64, "MIT").fetch()


RAISERS: dict[str, Callable[[Site], object]] = {
    "PluginNotFound": lambda site: jpadse_core.build_pipeline("absent", None, None),
    "PluginBroken": raise_plugin_broken,
    "PluginIncompatible": raise_plugin_incompatible,
    "PluginUnavailable": raise_plugin_unavailable,
    "PluginConflict": raise_plugin_conflict,
    "BitstreamCorrupt": lambda site: jpadse_core.decode(b"\xff\xd8\xff\xd9"),
    "BitstreamTruncated": lambda site: jpadse_core.decode(b""),
    "BitstreamUnsupported": lambda site: jpadse_core.decode(b"%PDF-1.7"),
    "ConfigError": lambda site: jpadse_core.Pipeline.from_config({"codecs": "jpeg"}),
    "CodecError": lambda site: jpadse_core.build_pipeline("jpeg", None, None, quality=0),
    "SemanticsError": lambda site: jpadse_core.LabelSet("x", ("a",), ("nothing",)),
    "EnhancerError": lambda site: jpadse_core.Preference(1, 1, 1),
    "WeightsMissing": raise_weights_missing,
    "WeightsOffline": raise_weights_offline,
    "WeightsChecksum": raise_weights_checksum,
    "ImageError": lambda site: jpadse_core.build_pipeline("jpeg", None, None).encode(np.zeros(3)),
    "TargetError": lambda site: jpadse_core.TargetSize(0),
}


@pytest.mark.parametrize("name", RAISERS)
def test_every_error_without_children_is_raised_by_something(name: str, site: Site, weights_folder: Path) -> None:
    with pytest.raises(errors.JpadseError) as raised:
        RAISERS[name](site)
    assert type(raised.value) is CLASSES[name]
    assert "\n" not in str(raised.value)


def test_no_error_without_children_is_left_out_above() -> None:
    parents = {base for kind in CLASSES.values() for base in kind.__bases__}
    leaves = {name for name, kind in CLASSES.items() if kind not in parents and issubclass(kind, errors.JpadseError)}
    assert leaves == set(RAISERS)


def test_shipped_weights_match_their_pinned_digests() -> None:
    sums = (files("jpadse_core.builtin.weights") / "SHA256SUMS").read_text().splitlines()
    names = {line.split()[1] for line in sums}
    assert names == {"enhancer.onnx", "deeplab.onnx"}
    for name in names:
        assert networks.read_weights(name)[0]


def test_each_shipped_network_has_a_model_card() -> None:
    folder = files("jpadse_core.builtin.weights")
    names = {entry.name for entry in folder.iterdir()}
    networks_shipped = {name.removesuffix(".onnx") for name in names if name.endswith(".onnx")}
    assert networks_shipped
    assert {f"{name}.md" for name in networks_shipped} <= names
