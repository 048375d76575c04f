"""Values at the ends of a component's options, read off their JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel


def extreme_values(options: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Every option with every value at an end of its range, and with every value of a choice."""
    schema = options.model_json_schema()
    for name, declared in schema.get("properties", {}).items():
        for value in _values(declared, schema.get("$defs", {})):
            yield name, value


def _values(declared: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Any]:
    if "$ref" in declared:
        declared = definitions[declared["$ref"].rpartition("/")[2]]
    if "anyOf" in declared:
        return [value for choice in declared["anyOf"] for value in _values(choice, definitions)]
    if "enum" in declared:
        return list(declared["enum"])
    if "const" in declared:
        return [declared["const"]]
    if declared.get("type") == "boolean":
        return [False, True]
    return [declared[end] for end in ("minimum", "maximum") if end in declared]
