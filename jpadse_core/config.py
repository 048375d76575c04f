"""A pipeline written down in a file: which components, and their options."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from jpadse_core.errors import ConfigError, ImageError
from jpadse_core.files import read_file


class ComponentConfig(BaseModel):
    """A component with options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="name, or distribution:name, of an installed component")
    options: dict[str, Any] = Field({}, description="its own options, by name")


AnyComponent: TypeAlias = str | ComponentConfig


class PipelineConfig(BaseModel):
    """What `build_pipeline` takes. A field that is left out is as `build_pipeline` has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="JPADSE pipeline")

    codec: AnyComponent = Field("jpeg", description="codec")
    semantics: AnyComponent | None = Field("deeplab", description='extractor, or "none"')
    enhancer: AnyComponent | None = Field("default", description='enhancer, or "none"')
    divisor: Literal[1, 2, 4, 8] = Field(8, description="the label map's resolution is the picture's divided by this")
    semantics_source: Literal["transmitted", "derived", "none"] = Field(
        "transmitted", description="where the decoder has its semantics from"
    )
    semantics_rate: float | None = Field(
        None,
        ge=0,
        strict=True,
        description="weight of the label map's bytes; 0 sends every map, null those that the enhancer has a use for",
    )
    perception_guide: bool = Field(
        True, strict=True, description="whether files say how much of perception's texture each tile has room for"
    )

    @field_validator("divisor", mode="before")
    @classmethod
    def _no_boolean(cls, value: Any) -> Any:
        return str(value) if isinstance(value, bool) else value  # a Literal takes true for 1

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments for `build_pipeline`: of the fields that are set."""
        arguments: dict[str, Any] = {}
        for field in self.model_fields_set:
            value = getattr(self, field)
            if isinstance(value, ComponentConfig):
                arguments[field] = value.name
                if value.options:
                    arguments[options_keyword(field)] = value.options
            else:
                arguments[field] = value
        return arguments


def options_keyword(field: str) -> str:
    """What `build_pipeline` calls the options of its argument `field`."""
    return "options" if field == "codec" else f"{field}_options"


ConfigSource: TypeAlias = str | os.PathLike[str] | Mapping[str, Any] | PipelineConfig
"""The path of a TOML file (`.toml`) or a YAML file (`.yaml`, `.yml`), or what is in one."""


def read_config(source: ConfigSource) -> PipelineConfig:
    """Read and check the shape of a configuration; whether its components are installed is not looked at.

    Raises:
        ConfigError: the file cannot be read, or says what no configuration says.
    """
    if isinstance(source, PipelineConfig):
        return source
    if isinstance(source, Mapping):
        return _validated(source, "the configuration")
    if not isinstance(source, str | os.PathLike):
        raise ConfigError(f"a configuration is a path or a mapping, not {source!r}")
    path = Path(source)
    return _validated(_loaded(path), str(path))


def _loaded(path: Path) -> Any:
    try:
        data = read_file(path)
        match path.suffix.lower():
            case ".toml":
                return tomllib.loads(data.decode("utf-8-sig"))  # some editors begin a file with a mark
            case ".yaml" | ".yml":
                return _yaml(data, path)
    except ImageError as error:
        raise ConfigError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is no TOML: {error}") from error
    raise ConfigError(f"{path}: a configuration is a .toml, .yaml or .yml file")


def _yaml(data: bytes, path: Path) -> Any:
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise ConfigError(f"{path}: YAML needs PyYAML, which is not installed: pip install 'jpadse[yaml]'") from error

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            # YAML 1.2, 3.2.1.1: keys are unique. PyYAML would take the last.
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            keys = [key.value for key, _ in pairs if isinstance(key, yaml.ScalarNode)]
            if twice := next((key for key in keys if keys.count(key) > 1), None):
                raise ConfigError(f"{path}: {twice} is given twice: leave one out")
            return super().construct_mapping(node, deep)

    try:
        loaded = yaml.load(data, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    return {} if loaded is None else loaded


def _validated(value: Any, where: str) -> PipelineConfig:
    try:
        return PipelineConfig.model_validate(value)
    except ValidationError as error:
        problems = {".".join(map(str, problem["loc"])): problem["msg"] for problem in error.errors()}
        told = "; ".join(f"{place}: {message}" if place else message for place, message in problems.items())
        raise ConfigError(f"{where}: {told}") from error
