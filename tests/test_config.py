"""Pipelines by name, by `distribution:name`, by instance, and out of files, with a stranger's installed components."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Finished, Site
from PIL import Image
from toys import ToyCodec, ToyEnhancer, ToyExtractor

from jpadse_core import (
    CodecError,
    ConfigError,
    Pipeline,
    PipelineConfig,
    PluginConflict,
    PluginNotFound,
    RgbImage,
    build_pipeline,
    read_info,
)

Run = Callable[..., Finished]

TOML = """
semantics = "toy-bands"
enhancer = "jpadse-plugin-toys:toy-blur"
divisor = 2

[codec]
name = "toy"
options = { shift = 5 }
"""
YAML = """
codec: {name: toy, options: {shift: 5}}
semantics: toy-bands
enhancer: jpadse-plugin-toys:toy-blur
divisor: 2
"""


@pytest.fixture
def written(tmp_path: Path, toys_installed: Site) -> Callable[..., Path]:
    """Write a configuration."""

    def write(text: str, name: str = "pipeline.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def photo(tmp_path: Path, coffee: RgbImage) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(coffee).save(path)
    return path


@pytest.mark.parametrize(("text", "name"), [(TOML, "p.toml"), (YAML, "p.yaml"), (YAML, "p.YML")])
def test_a_file_names_components_and_their_options(
    written: Callable[..., Path], coffee: RgbImage, text: str, name: str
) -> None:
    pipeline = Pipeline.from_config(written(text, name))
    data = pipeline.encode(coffee)
    same = build_pipeline(ToyCodec(), ToyExtractor(), ToyEnhancer(), divisor=2, shift=5)
    assert np.array_equal(pipeline.decode(data), same.decode(same.encode(coffee)))
    info = read_info(data)
    assert (info.codec, info.options, info.divisor) == ("toy", {"shift": 5}, 2)
    assert (info.semantics, info.enhancer) == ("toy-bands", "toy-blur")


@pytest.mark.parametrize(
    "source",
    [
        {"codec": "png", "semantics": "none", "enhancer": None},
        PipelineConfig(codec="png", semantics=None, enhancer="none"),
    ],
)
def test_a_configuration_can_also_be_a_mapping_or_a_model(source: object) -> None:
    pipeline = Pipeline.from_config(source)  # type: ignore[arg-type]
    assert (pipeline.codec.name, pipeline.semantics, pipeline.enhancer) == ("png", None, None)


def test_an_empty_configuration_is_the_default_pipeline(written: Callable[..., Path]) -> None:
    for name in ("empty.toml", "empty.yaml"):
        pipeline = Pipeline.from_config(written("", name))
        assert pipeline.codec.name == "jpeg"
        assert pipeline.semantics is not None
        assert pipeline.semantics.name == "deeplab"


def test_names_qualified_names_and_instances_can_be_mixed(toys_installed: Site, coffee: RgbImage) -> None:
    pipeline = build_pipeline(ToyCodec(), "jpadse-plugin-toys:toy-bands", "toy-blur", shift=4)
    same = build_pipeline("jpadse-plugin-toys:toy", ToyExtractor(), "jpadse-plugin-toys:toy-blur", shift=4)
    assert np.array_equal(pipeline.decode(pipeline.encode(coffee)), same.decode(same.encode(coffee)))


def test_a_qualified_name_decides_between_two_that_claim_one_name(written: Callable[..., Path], site: Site) -> None:
    site.install("rival", {"jpadse.codecs": {"toy": "toys:ToyCodec"}})
    with pytest.raises(PluginConflict, match="claimed by jpadse-plugin-toys and rival"):
        Pipeline.from_config(written(TOML))
    pipeline = Pipeline.from_config(written(TOML.replace('"toy"', '"rival:toy"')))
    assert pipeline.codec.name == "toy"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("codecs = 'jpeg'", "codecs: Extra inputs are not permitted"),
        ("divisor = 3", "divisor: Input should be 1, 2, 4 or 8"),
        ("[codec]\noptions = {}", "codec.ComponentConfig.name: Field required"),
        ("codec = [", "is no TOML"),
        ("divisor = true", "divisor: Input should be 1, 2, 4 or 8"),
        ("semantics_rate = true", "semantics_rate: Input should be a valid number"),
        ("codec = 5", "codec.str: Input should be a valid string"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line_with_its_name(
    written: Callable[..., Path], text: str, said: str
) -> None:
    path = written(text)
    with pytest.raises(ConfigError) as raised:
        Pipeline.from_config(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_other_wrong_files_are_configuration_errors_too(written: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no YAML"):
        Pipeline.from_config(written("a: [", "p.yaml"))
    with pytest.raises(ConfigError, match="a path or a mapping, not None"):
        Pipeline.from_config(None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="valid dictionary"):
        Pipeline.from_config(written("- a", "p.yaml"))
    with pytest.raises(ConfigError, match=r"is a \.toml, \.yaml or \.yml file"):
        Pipeline.from_config(written("{}", "p.json"))
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        Pipeline.from_config(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("text", "key"), [("codec: jpeg\ncodec: png", "codec"), ("codec: {name: jpeg, options: {q: 1, q: 2}}", "q")]
)
def test_yaml_that_says_a_thing_twice_is_refused_as_toml_is(written: Callable[..., Path], text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"p\.yaml: {key} is given twice"):
        Pipeline.from_config(written(text, "p.yaml"))


@pytest.mark.parametrize("text", ["false", "0", "[]", "''"])
def test_yaml_that_is_no_mapping_is_no_empty_configuration(written: Callable[..., Path], text: str) -> None:
    with pytest.raises(ConfigError, match="valid dictionary"):
        Pipeline.from_config(written(text, "p.yaml"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("divisor = " + "9" * 5000, "p.toml"),
        ("codec = " + "[" * 3000, "p.toml"),
        ("divisor: " + "9" * 5000, "p.yaml"),
        ("codec: 2020-13-45", "p.yaml"),
        ("codec: " + "[" * 3000, "p.yaml"),
    ],
)
def test_what_the_parsers_give_up_on_is_a_configuration_error(
    written: Callable[..., Path], text: str, name: str
) -> None:
    with pytest.raises(ConfigError, match=r"p\.(toml: is no TOML|yaml: is no YAML)"):
        Pipeline.from_config(written(text, name))


def test_toml_may_begin_with_a_byte_order_mark(written: Callable[..., Path]) -> None:
    assert Pipeline.from_config(written("\ufeffcodec = 'png'")).codec.name == "png"


def test_yaml_without_pyyaml_says_what_to_install(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConfigError, match=r"pip install 'jpadse\[yaml\]'"):
        Pipeline.from_config(written(YAML, "p.yaml"))


def test_components_and_options_are_checked_as_build_pipeline_checks_them(written: Callable[..., Path]) -> None:
    with pytest.raises(PluginNotFound, match='codec "absent" is not installed'):
        Pipeline.from_config(written("codec = 'absent'"))
    with pytest.raises(PluginNotFound, match='no pipeline without a codec: name one, such as "png"'):
        Pipeline.from_config(written("codec = 'none'"))
    with pytest.raises(CodecError, match="shift=9"):
        Pipeline.from_config(written(TOML.replace("5", "9")))


def test_the_schema_describes_every_field(jpadse: Run) -> None:
    schema = json.loads(jpadse("config", "--schema").out)
    assert set(schema["properties"]) == set(PipelineConfig.model_fields)
    assert all(field.get("description") for field in schema["properties"].values())
    assert schema["additionalProperties"] is False


def test_config_checks_a_file_and_shows_what_it_means(jpadse: Run, written: Callable[..., Path]) -> None:
    shown = json.loads(jpadse("config", written("codec = 'toy'")).out)
    assert shown["codec"] == {"name": "toy", "options": {"shift": 3}}
    assert shown["semantics"] == "deeplab"
    assert jpadse("config", written("codec = 'absent'")).code == 1
    assert jpadse("config").code == jpadse("config", "x", "--schema").code == 2


def test_encode_takes_a_file_and_the_command_line_goes_before_it(
    jpadse: Run, written: Callable[..., Path], photo: Path, tmp_path: Path
) -> None:
    config, out = written(TOML), tmp_path / "out.jpse"
    assert jpadse("encode", photo, "-o", out, "--config", config).code == 0
    info = read_info(out)
    assert (info.codec, info.options, info.divisor, info.semantics) == ("toy", {"shift": 5}, 2, "toy-bands")
    jpadse("encode", photo, "-o", out, "--config", config, "--option", "shift=6", "--divisor", "8")
    info = read_info(out)
    assert (info.options, info.divisor, info.semantics) == ({"shift": 6}, 8, "toy-bands")
    jpadse("encode", photo, "-o", out, "--config", config, "--codec", "toy")
    assert read_info(out).options == {"shift": 5}, "the codec is the file's, and so are its options"
    jpadse("encode", photo, "-o", out, "--config", config, "--codec", "jpeg", "--semantics", "none", "-q", "9")
    info = read_info(out)
    assert (info.codec, info.options, info.semantics, info.enhancer) == ("jpeg", {"quality": 9}, None, "toy-blur")


def test_a_bad_configuration_is_exit_1_and_writes_nothing(
    jpadse: Run, written: Callable[..., Path], photo: Path, tmp_path: Path
) -> None:
    finished = jpadse("encode", photo, "-o", tmp_path / "out.jpse", "--config", written("divisor = 3"))
    assert finished.code == 1
    assert "divisor" in finished.err
    assert not (tmp_path / "out.jpse").exists()


def test_compare_judges_the_plain_codec_with_the_configured_options(
    jpadse: Run, written: Callable[..., Path], photo: Path, tmp_path: Path
) -> None:
    text = "semantics = 'none'\nenhancer = 'toy-blur'\n[codec]\nname = 'jpeg'\noptions = {subsampling = '%s'}\n"
    sizes = {}
    for subsampling in ("4:2:0", "4:4:4"):
        config = written(text % subsampling, f"{subsampling[2]}{subsampling[4]}.toml")
        finished = jpadse("compare", photo, "-o", tmp_path / "c.png", "-q", "30", "--config", config, "--json")
        rows = json.loads(finished.out)["rows"]
        sizes[subsampling] = [row["bytes"] for row in rows[:2]]
    assert sizes["4:4:4"][1] > sizes["4:2:0"][1]
    assert sizes["4:4:4"][0] >= sizes["4:4:4"][1]
