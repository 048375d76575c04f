"""Options that a user gives a component, checked against the component's own pydantic model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from jpadse_core.errors import CodecError, EnhancerError, JpadseError, PluginError, SemanticsError
from jpadse_core.plugins.discovery import Kind

GivenOptions: TypeAlias = BaseModel | Mapping[str, Any] | None

_WHO = {"codec": "codec", "semantics": "extractor", "enhancer": "enhancer"}
_ERRORS: dict[str, type[JpadseError]] = {"codec": CodecError, "semantics": SemanticsError, "enhancer": EnhancerError}


def constructor_options(kind: Kind, factory: object) -> type[BaseModel] | None:
    """The model of what a component's constructor takes: the `Options` of an extractor's or an enhancer's class.

    A codec's `Options` are for each call of `encode`, and its constructor takes none.
    """
    model = getattr(factory, "Options", None) if kind in ("semantics", "enhancer") else None
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def validated(kind: Kind, name: str, model: type[BaseModel], *given: GivenOptions) -> BaseModel:
    """An instance of `model` out of models and mappings; what is set in a later one goes before an earlier one.

    Raises:
        CodecError, SemanticsError, EnhancerError: by kind; an option is unknown, missing or out of range.
    """
    who = f'{_WHO[kind]} "{name}"'
    chosen: dict[str, Any] = {}
    for options in given:
        if isinstance(options, BaseModel):  # not dumped: that leaves out what a file must not record
            chosen |= {name: getattr(options, name) for name in options.model_fields_set}
        elif options is None or isinstance(options, Mapping):
            chosen |= options or {}
        else:
            raise _ERRORS[kind](f"{who}: options are a mapping or its Options, not {options!r}")
    fields = model.model_fields
    unknown = sorted(set(chosen) - set(fields))
    if unknown:
        choices = f"choose from {', '.join(fields)}" if fields else "it takes none"
        raise _ERRORS[kind](f"{who} has no option {', '.join(unknown)}: {choices}")
    try:
        made = model.model_validate(chosen)
    except ValidationError as error:
        problems = "; ".join(_in_words(problem) for problem in error.errors())
        raise _ERRORS[kind](f"{who}: {problems}") from error
    for field, value in chosen.items():  # pydantic takes true for 1
        if isinstance(value, bool) and type(getattr(made, field)) in (int, float):
            raise _ERRORS[kind](f"{who}: {field}={value}: Input should be a number")
    return made


def refuse_options(kind: Kind, name: str, given: GivenOptions, why: str) -> None:
    """Raise an error of the kind, if only `PluginError`, where options are given that nobody would read."""
    if given:
        raise _ERRORS.get(kind, PluginError)(f'{_WHO.get(kind, kind)} "{name}" {why}: leave its options out')


def _in_words(problem: Any) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"option {field} is missing"
    return f"{field}={problem['input']!r}: {problem['msg']}" if field else str(problem["msg"])
