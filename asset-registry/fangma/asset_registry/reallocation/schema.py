"""The JSON schema of a request, made from the same grammar that the reader uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.wording import REQUEST, Field

if TYPE_CHECKING:
    from collections.abc import Mapping


def request_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of what ``fangma plan solve`` takes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Request for a reallocation plan",
        "description": "What fangma plan solve takes; docs/reallocation.md explains it.",
        **_object(REQUEST),
        "dependentRequired": {"persons": ["rooms"], "units": ["rooms"]},
    }


def _object(keys: Mapping[str, Field], kind: str | None = None) -> dict[str, Any]:
    properties = {key: _value(each) for key, each in keys.items()}
    required = [key for key, each in keys.items() if each.is_required]
    if kind is not None:
        properties = {"kind": {"const": kind}, **properties}
        required = ["kind", *required]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _value(wanted: Field) -> dict[str, Any]:
    described = {"description": wanted.says} if wanted.says else {}
    made = {**_form(wanted), **described}
    if wanted.is_nullable and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def _form(wanted: Field) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 2000}
    limits = {
        **({"minimum": wanted.least} if wanted.least is not None else {}),
        **({"maximum": wanted.most} if wanted.most is not None else {}),
    }
    items = {"minItems": int(wanted.least)} if wanted.least else {}
    match wanted.form:
        case "any":
            return {}
        case "text":
            return text
        case "texts":
            return {"type": "array", "items": text, "uniqueItems": True, **items}
        case "choices":
            return {
                "type": "array",
                "items": {"enum": list(wanted.choices)},
                "uniqueItems": True,
                **items,
            }
        case "flag":
            return {"type": "boolean"}
        case "day":
            return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
        case "count":
            return {"type": "integer", **limits}
        case "number":
            return {"type": "number", **limits}
        case "choice":
            return {"enum": list(wanted.choices)}
        case "object":
            return _object(wanted.keys)
        case "objects":
            return {"type": "array", "items": _object(wanted.keys), **items}
        case "pairs":
            pair = {
                "type": "array",
                "items": text,
                "minItems": 2,
                "maxItems": 2,
                "uniqueItems": True,
            }
            return {"type": "array", "items": pair}
        case _:
            kinds = [_object(keys, kind) for kind, keys in wanted.kinds.items()]
            return {"type": "array", "items": {"oneOf": kinds}}
