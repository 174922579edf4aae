"""The process that draws: it may hang, run out of memory or be ended by a driver, alone.

python -m fangma.twin.field.picture_process PICTURE.json OUT.png
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.viewer.cutaways.drawing import Solid
    from fangma.viewer.cutaways.picture import Picture

_MOST_BYTES: Final = 6 * 2**30
_MOST_CPU_S: Final = 120
# What the place of the picture (its zero) lies inside of is drawn so that one sees through it.
_HIDING: Final = frozenset({"wall", "slab", "structure"})
_WITHIN_M: Final = 0.03


def main(arguments: list[str]) -> None:
    """Draw the picture of a file into another."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from fangma.viewer.cutaways.drawing import draw
    from fangma.viewer.cutaways.lettering import lettered
    from fangma.viewer.cutaways.picture import Picture

    source, target = map(Path, arguments)
    picture = Picture.read(source.read_text("utf-8"))
    target.write_bytes(lettered(picture, draw(picture, _solids(picture))))


def _solids(picture: Picture) -> Iterator[Solid]:
    import numpy as np

    from fangma.bim_import.geometry import GeometryStore
    from fangma.viewer.cutaways.drawing import Solid

    axes = np.column_stack([picture.along, picture.inward, (0.0, 0.0, 1.0)])
    for number, model in enumerate(picture.models):
        wanted = {UUID(body.entry): body for body in picture.bodies if body.model == number}
        file = Path(model.file)
        kept = GeometryStore(root=file.parent).load(UUID(file.stem))
        if kept is None:
            continue
        matrix = np.array(model.matrix).reshape(4, 4)
        placements = kept.placements
        for row, key in enumerate(placements.element.tolist()):
            entry = kept.entry_of.get(key)
            body = None if entry is None else wanted.get(entry)
            if body is None:
                continue
            vertices = placements.placed(row) @ matrix[:3, :3].T + matrix[:3, 3]
            local = vertices @ axes
            hides = len(local) > 0 and bool(
                ((local.min(axis=0) <= _WITHIN_M) & (local.max(axis=0) >= -_WITHIN_M)).all()
            )
            yield Solid(
                vertices=vertices,
                triangles=placements.meshes[placements.mesh[row]].triangles,
                look="see_through" if hides and body.look in _HIDING else body.look,
                system=body.system,
                is_target=body.is_target,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
