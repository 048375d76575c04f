"""Plugins as pip installs them: found without being imported, each behind its own fence."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

import numpy as np
import pytest
from conftest import Site
from toys import ToyEnhancer, ToyExtractor

from jpadse_core import (
    Codec,
    Encoded,
    Enhancer,
    PluginBroken,
    PluginConflict,
    PluginError,
    PluginIncompatible,
    PluginNotFound,
    RgbImage,
    SemanticExtractor,
    build_pipeline,
    decode,
)
from jpadse_core.opening import open_file
from jpadse_core.parts import Parts
from jpadse_core.plugins.checking import checked
from jpadse_core.plugins.discovery import KINDS, Component, discover
from jpadse_core.plugins.hooks import hooks
from jpadse_core.plugins.loading import load

CODEC = textwrap.dedent(
    """
    import zlib
    import numpy as np
    from pydantic import BaseModel

    class Mirror:
        name = "mirror"
        class Options(BaseModel):
            level: int = 6
        def encode(self, rgb, options):
            return np.array(rgb.shape[:2], "<u4").tobytes() + zlib.compress(rgb[:, ::-1].tobytes(), options.level)
        def decode(self, data):
            height, width = np.frombuffer(data[:8], "<u4")
            return np.frombuffer(zlib.decompress(data[8:]), np.uint8).reshape(height, width, 3)[:, ::-1]
    """
)


def listed(kind: str, name: str) -> list[Component]:
    return [component for component in discover() if (component.kind, component.name) == (kind, name)]


def status_of(kind: str, name: str) -> str:
    (component,) = listed(kind, name)
    return component.status


@pytest.fixture
def mirror(site: Site) -> Iterator[Site]:
    """A good plugin with a codec."""
    site.install("jpadse-plugin-mirror", {"jpadse.codecs": {"mirror": "mirror_codec:Mirror"}}, {"mirror_codec": CODEC})
    yield site
    sys.modules.pop("mirror_codec", None)


def test_the_builtin_components_are_found_like_a_strangers_and_keep_their_contracts() -> None:
    assert {(c.kind, c.name) for c in discover() if c.distribution == "jpadse"} == {
        ("codec", "jpeg"),
        ("codec", "png"),
        ("semantics", "deeplab"),
        ("enhancer", "default"),
        ("metric", "psnr"),
        ("metric", "ms-ssim"),
        ("metric", "ssimulacra2"),
    }
    assert isinstance(load("codec", "jpeg"), Codec)
    assert isinstance(load("semantics", "deeplab"), SemanticExtractor)
    assert isinstance(load("enhancer", "default"), Enhancer)


def test_an_installed_codec_is_usable_by_its_name(mirror: Site, coffee: RgbImage) -> None:
    data = build_pipeline("mirror", ToyExtractor(), ToyEnhancer(), level=9).encode(coffee)
    assert np.array_equal(decode(data, enhance=False), coffee)
    assert build_pipeline("jpadse-plugin-mirror:mirror", None, None).codec.name == "mirror"


def test_an_installed_component_tells_distribution_version_and_contract(mirror: Site) -> None:
    (component,) = listed("codec", "mirror")
    assert (component.distribution, component.version, component.contract) == ("jpadse-plugin-mirror", "1.0", 1)
    assert component.qualified == "jpadse-plugin-mirror:mirror"
    assert component.status == "ok"


def test_discovering_imports_nothing(site: Site) -> None:
    site.install(
        "jpadse-plugin-bomb",
        {"jpadse.codecs": {"bomb": "bomb_codec:Bomb"}},
        {"bomb_codec": "raise RuntimeError('bang')"},
    )
    assert status_of("codec", "bomb") == "ok"
    assert "bomb_codec" not in sys.modules


def test_a_plugin_whose_import_fails_is_broken_with_its_cause_and_stops_nobody_else(mirror: Site) -> None:
    mirror.install(
        "jpadse-plugin-bomb",
        {"jpadse.codecs": {"bomb": "bomb_codec:Bomb"}},
        {"bomb_codec": "raise RuntimeError('bang')"},
    )
    with pytest.raises(PluginBroken, match=r'codec "bomb" of jpadse-plugin-bomb 1.0 is broken: RuntimeError: bang'):
        build_pipeline("bomb", None, None)
    after = {component.name: checked(component) for component in discover("codec")}
    assert after["bomb"].status == "broken"
    assert "RuntimeError: bang" in after["bomb"].cause
    assert after["mirror"].status == after["jpeg"].status == "ok"


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("def Bad(): raise KeyError('no config')", "KeyError: 'no config'"),
        ("class Bad: name = 'bad'", "lacks Options, decode, encode"),
        ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("def Other(): pass", "AttributeError"),
        ("this is no python", "SyntaxError"),
        ("import sys; sys.exit('I leave')", "SystemExit: I leave"),
        ("class Panic(BaseException): pass\nraise Panic('of a Rust extension')", "Panic: of a Rust extension"),
    ],
    ids=["constructor", "incomplete", "missing-import", "missing-attribute", "syntax", "exit", "panic"],
)
def test_whatever_a_plugin_does_wrong_is_its_own_error(site: Site, source: str, cause: str) -> None:
    site.install("jpadse-plugin-bad", {"jpadse.codecs": {"bad": "bad_codec:Bad"}}, {"bad_codec": source})
    with pytest.raises(PluginBroken, match=r'codec "bad" of jpadse-plugin-bad 1\.0 is broken') as raised:
        load("codec", "bad")
    assert cause in str(raised.value)


def test_two_distributions_that_claim_a_name_are_an_error_that_names_both(mirror: Site, coffee: RgbImage) -> None:
    mirror.install("looking-glass", {"jpadse.codecs": {"mirror": "mirror_codec:Mirror"}}, version="2.0")
    assert {component.status for component in listed("codec", "mirror")} == {"conflict"}
    with pytest.raises(
        PluginConflict,
        match='"mirror" is claimed by jpadse-plugin-mirror and looking-glass: '
        'pick "jpadse-plugin-mirror:mirror" or "looking-glass:mirror"',
    ):
        build_pipeline("mirror", None, None)
    picked = build_pipeline("looking-glass:mirror", None, None)
    assert np.array_equal(picked.decode(picked.encode(coffee)), coffee)


def test_a_file_names_the_distribution_it_was_made_with_when_two_claim_the_codec(
    mirror: Site, coffee: RgbImage
) -> None:
    mirror.install("looking-glass", {"jpadse.codecs": {"mirror": "mirror_codec:Mirror"}}, version="2.0")
    data = build_pipeline("looking-glass:mirror", None, None).encode(coffee)
    assert np.array_equal(decode(data, enhance=False), coffee)


def test_a_rival_of_a_known_formats_codec_does_not_keep_its_files_from_being_opened(site: Site) -> None:
    own, rival = (CODEC.replace("mirror", "webp").replace("Mirror", name) for name in ("Webp", "Rival"))
    site.install("a-rival", {"jpadse.codecs": {"webp": "rival_webp:Rival"}}, {"rival_webp": rival})
    site.install("jpadse-plugin-webp", {"jpadse.codecs": {"webp": "own_webp:Webp"}}, {"own_webp": own})
    assert {component.status for component in listed("codec", "webp")} == {"conflict"}
    assert type(open_file(b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0", Parts()).codec).__name__ != "Rival"


def test_a_blocked_rival_is_no_conflict(mirror: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.install("looking-glass", {"jpadse.codecs": {"mirror": "mirror_codec:Mirror"}}, version="2.0")
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "looking-glass")
    assert load("codec", "mirror").name == "mirror"
    assert {component.status for component in listed("codec", "mirror")} == {"ok", "blocked"}


def test_a_newer_major_of_the_contract_is_refused_with_what_to_install(site: Site) -> None:
    site.install("tomorrow", {"jpadse.codecs": {"next": "next_codec:C"}, "jpadse.contract": {"2": "next_codec"}})
    assert status_of("codec", "next") == "incompatible"
    with pytest.raises(PluginIncompatible, match=r"written for contract 2, this jpadse has 1: pip install --upgrade"):
        load("codec", "next")


@pytest.mark.parametrize("contract", ["one", "1.5", "0", ""])
def test_a_contract_that_is_no_number_of_one_is_refused(site: Site, contract: str) -> None:
    site.install("odd", {"jpadse.codecs": {"odd": "odd_codec:C"}, "jpadse.contract": {contract: "odd_codec"}})
    assert status_of("codec", "odd") == "incompatible"
    with pytest.raises(PluginIncompatible, match=f'contract "{contract}", which is none: its number .* is 1'):
        load("codec", "odd")


def test_a_quality_scale_is_one_of_the_options(site: Site) -> None:
    source = (
        "from toys import ToyCodec\nfrom jpadse_core import QualityScale\nclass C(ToyCodec):\n    name = 'scaled'\n"
    )
    source += "    quality_scale = QualityScale('qualty', 1, 9)\n"
    site.install("scaled", {"jpadse.codecs": {"scaled": "scaled_codec:C"}}, {"scaled_codec": source})
    with pytest.raises(PluginError, match="lacks the option qualty of its quality_scale"):
        load("codec", "scaled")


def test_the_list_of_allowed_plugins_acts_before_anything_is_loaded(
    mirror: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.install("Other_Plugin", {"jpadse.codecs": {"other": "other_codec:C"}}, {"other_codec": "raise SystemError"})
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "jpadse.plugin_mirror, something-else")
    assert status_of("codec", "mirror") == "ok"
    assert status_of("codec", "other") == "blocked"
    assert status_of("codec", "jpeg") == "ok"
    with pytest.raises(PluginNotFound, match="left out by --no-plugins or JPADSE_LOAD_PLUGINS"):
        load("codec", "other")
    assert "other_codec" not in sys.modules


def test_an_empty_list_leaves_only_the_builtin_components(mirror: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "")
    assert {component.distribution for component in discover() if component.status == "ok"} == {"jpadse"}


def test_strict_mode_raises_where_checking_would_report(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("jpadse-plugin-bad", {"jpadse.codecs": {"bad": "bad_codec:Bad"}}, {"bad_codec": "1/0"})
    (component,) = listed("codec", "bad")
    assert checked(component).status == "broken"
    monkeypatch.setenv("JPADSE_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        checked(component)


def test_a_plugin_that_wants_a_missing_program_is_unavailable_and_not_broken(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "import jpadse_core\ndef codec():\n    raise jpadse_core.PluginUnavailable('needs abc: install abc')"
    site.install("jpadse-plugin-abc", {"jpadse.codecs": {"abc": "abc_codec:codec"}}, {"abc_codec": source})
    monkeypatch.setenv("JPADSE_STRICT_PLUGINS", "1")
    (component,) = listed("codec", "abc")
    found = checked(component)
    assert (found.status, found.cause) == ("unavailable", "needs abc: install abc")


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("webp2", "jpadse-plugin-webp2, if there is one"),
        ("cheng2021-attn", "jpadse-plugin-cheng2021-attn, if there is one"),
        ("somebody:cheng2020-none", "jpadse-plugin-compressai"),
        ("mbt2018-none", "jpadse-plugin-compressai"),
    ],
)
def test_a_name_that_nobody_claims_says_what_is_installed_and_what_to_try(
    site: Site, name: str, distribution: str
) -> None:
    with pytest.raises(PluginNotFound, match=rf"is not installed \(installed: .*jpeg.*\): pip install {distribution}$"):
        load("codec", name)


def test_an_empty_name_is_asked_for() -> None:
    with pytest.raises(PluginNotFound, match=r'^codec "" is not installed \(installed: .*\): give its name$'):
        load("codec", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_group(site: Site, kind: str) -> None:
    group = {"semantics": "jpadse.semantics"}.get(kind, f"jpadse.{kind}s")
    site.install("all-kinds", {group: {"thing": "all_kinds:thing"}})
    assert [component.kind for component in discover() if component.name == "thing"] == [kind]


def test_an_uninstalled_half_of_a_distribution_stops_nobody_else(site: Site) -> None:
    site.install("nameless", {"jpadse.codecs": {"ghost": "ghost:C"}}, metadata="")
    assert status_of("codec", "jpeg") == "ok"


def test_entry_points_that_cannot_be_parsed_stop_nobody_else(site: Site) -> None:
    site.install("scrawl", {})
    (site.folder / "scrawl-1.0.dist-info" / "entry_points.txt").write_text("[jpadse.codecs]\nno equals sign\n")
    assert status_of("codec", "jpeg") == "ok"


HOOKS = textwrap.dedent(
    """
    from jpadse_core import hookimpl
    seen = []

    @hookimpl
    def jpadse_encoded(encoded):
        seen.append(("encoded", len(encoded)))

    @hookimpl
    def jpadse_decoded(picture):
        seen.append(("decoded", picture.shape))
    """
)


def test_hooks_hear_of_every_picture_encoded_and_decoded(site: Site, coffee: RgbImage) -> None:
    site.install("listener", {"jpadse.hooks": {"listener": "listener_hooks"}}, {"listener_hooks": HOOKS})
    pipeline = build_pipeline("jpeg", None, None)
    data = pipeline.encode(coffee)
    pipeline.decode(data)
    assert sys.modules["listener_hooks"].seen == [("encoded", len(data)), ("decoded", coffee.shape)]


def test_hooks_of_a_plugin_that_is_left_out_are_not_imported(
    site: Site, coffee: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("listener", {"jpadse.hooks": {"listener": "listener_hooks"}}, {"listener_hooks": HOOKS})
    monkeypatch.setenv("JPADSE_LOAD_PLUGINS", "")
    build_pipeline("jpeg", None, None).encode(coffee)
    assert "listener_hooks" not in sys.modules


def test_broken_hooks_are_a_warning_and_an_error_in_strict_mode(
    site: Site, coffee: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("listener", {"jpadse.hooks": {"listener": "listener_hooks"}}, {"listener_hooks": "1/0"})
    pipeline = build_pipeline("jpeg", None, None)
    with pytest.warns(RuntimeWarning, match='hook "listener" of listener 1.0 is broken: ZeroDivisionError'):
        pipeline.encode(coffee)
    hooks.cache_clear()
    monkeypatch.setenv("JPADSE_STRICT_PLUGINS", "1")
    with pytest.raises(PluginBroken, match="ZeroDivisionError"):
        pipeline.encode(coffee)


def test_a_hook_that_raises_costs_no_picture(site: Site, coffee: RgbImage) -> None:
    source = "from jpadse_core import hookimpl\n@hookimpl\ndef jpadse_encoded(encoded):\n    1/0\n"
    site.install("listener", {"jpadse.hooks": {"listener": "listener_hooks"}}, {"listener_hooks": source})
    with pytest.warns(RuntimeWarning, match="ZeroDivisionError"):
        assert isinstance(build_pipeline("jpeg", None, None).encode(coffee), Encoded)


def test_hooks_for_a_newer_contract_are_not_imported(site: Site, coffee: RgbImage) -> None:
    site.install(
        "listener",
        {"jpadse.hooks": {"listener": "listener_hooks"}, "jpadse.contract": {"2": "listener_hooks"}},
        {"listener_hooks": HOOKS},
    )
    with pytest.warns(RuntimeWarning, match="contract 2"):
        build_pipeline("jpeg", None, None).encode(coffee)
    assert "listener_hooks" not in sys.modules


def test_a_component_that_a_file_names_is_to_be_installed_from_where_the_file_says() -> None:
    with pytest.raises(PluginNotFound, match=r'^enhancer "foo" is not installed: pip install --upgrade acme$'):
        Parts().find("enhancer", "foo", "acme")
