"""Whether YAML from outside is plain: of some length, of few levels, with nothing that unfolds."""

from __future__ import annotations

from typing import Final

import yaml

from fangma.asset_registry.errors import RegistryError

LONGEST: Final = 200_000
_DEEPEST: Final = 20
#: What building objects of YAML may raise: a 13th month is a ``ValueError``, a number to the base
#: of 60 with some hundred digits an ``OverflowError``, both of the library's own making.
UNREADABLE: Final = (yaml.YAMLError, ValueError, OverflowError, RecursionError)


class YamlError(RegistryError):
    """A text that is not YAML, or more than plain YAML."""


def check_plain(text: str, origin: str) -> None:
    """Look over a text before it is built into objects: a short one can unfold without end.

    Parameters
    ----------
    text : str
    origin : str
        What messages call it.

    Raises
    ------
    YamlError
        When it is empty, longer than :data:`LONGEST` characters, deeper than 20 levels, no YAML,
        or holds an anchor, an alias or a tag.
    """
    if not 0 < len(text) <= LONGEST:
        raise YamlError(
            f"{origin}: found {len(text)} characters, expected 1 to {LONGEST}", "shorten it"
        )
    depth = 0
    try:
        for event in yaml.parse(text):
            if getattr(event, "anchor", None) is not None or getattr(event, "tag", None):
                raise YamlError(
                    f"{origin}: found an anchor, an alias or a tag, expected none",
                    "write it out in full",
                )
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
            if depth > _DEEPEST:
                raise YamlError(
                    f"{origin}: found more than {_DEEPEST} levels, expected fewer", "flatten it"
                )
    except yaml.YAMLError as error:
        raise YamlError(f"{origin} is not YAML: {error}", "mend the line named above") from error
