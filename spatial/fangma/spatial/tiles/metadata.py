"""The property table that leads from a feature to the registry: EXT_structural_metadata.

Strings are UTF-8 with offsets, words with few values are enums
(OGC 3D Tiles 1.1, 22-025r4, 8.4 and the 3D Metadata specification).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.spatial.tiles.errors import TileError

if TYPE_CHECKING:
    from fangma.spatial.tiles.features import Features
    from fangma.spatial.tiles.glb import Glb, Json

CLASS: Final = "element"
_OFFSETS: Final = ((np.uint8, "UINT8"), (np.uint16, "UINT16"), (np.uint32, "UINT32"))


def property_table(glb: Glb, features: Features) -> Json:
    """Store the columns of the features; give the extension's object.

    Parameters
    ----------
    glb : Glb
        Takes the binary columns.
    features : Features
        In the order of their feature ids.
    """
    properties: Json = {
        "ordinal": {
            "type": "SCALAR",
            "componentType": "UINT32",
            "required": True,
            "description": "Stable number of the element in the registry",
        },
        "code": {
            "type": "STRING",
            "semantic": "ID",
            "noData": "",
            "description": "Code of the element, empty where it has none",
        },
    }
    values: Json = {
        "ordinal": {"values": glb.add_plain(features.ordinal.astype("<u4").tobytes())},
        "code": _strings(glb, features.code),
    }
    if not any(features.code):
        # An empty string buffer has no bytes to stand in a buffer view.
        del properties["code"], values["code"]
    enums: Json = {}
    for name, column in sorted(features.categories.items()):
        words = sorted(set(column))
        place = {word: number for number, word in enumerate(words)}
        kind = next((d, t) for d, t in _OFFSETS if len(words) - 1 <= np.iinfo(d).max)
        if len(words) > np.iinfo(np.uint16).max:
            raise TileError(
                f"found {len(words)} distinct words in column {name}, expected few",
                "leave a column of free text out of the categories",
            )
        numbers = np.array([place[word] for word in column], dtype=kind[0])
        enums[name] = {
            "valueType": kind[1],
            "values": [{"name": word, "value": place[word]} for word in words],
        }
        properties[name] = {"type": "ENUM", "enumType": name, "required": True}
        values[name] = {"values": glb.add_plain(numbers.tobytes())}
    schema: Json = {"id": "fangma", "classes": {CLASS: {"properties": properties}}}
    if enums:
        schema["enums"] = enums
    return {
        "schema": schema,
        "propertyTables": [
            {"name": CLASS, "class": CLASS, "count": len(features), "properties": values}
        ],
    }


def _strings(glb: Glb, texts: tuple[str, ...]) -> dict[str, Any]:
    encoded = [text.encode() for text in texts]
    offsets = np.concatenate(([0], np.cumsum([len(text) for text in encoded])))
    kind = next((d, t) for d, t in _OFFSETS if offsets[-1] <= np.iinfo(d).max)
    if not offsets[-1]:
        return {}
    return {
        "values": glb.add_plain(b"".join(encoded)),
        "stringOffsets": glb.add_plain(offsets.astype(kind[0]).tobytes()),
        "stringOffsetType": kind[1],
    }
