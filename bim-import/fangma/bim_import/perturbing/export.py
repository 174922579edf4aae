"""Perturb one file: open, change, write, and say what was done."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import ifcopenshell
import ifcopenshell.guid
import ifcopenshell.util.unit

from fangma.bim_import.perturbing.drawing import Outline, draw_room, halves, outline_of, united
from fangma.bim_import.perturbing.editing import copied, shifted_placement, take_out, turn_and_move
from fangma.bim_import.perturbing.noise import add_noise
from fangma.bim_import.perturbing.shuffling import shuffle
from fangma.bim_import.perturbing.truth import Truth

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.perturbing.dose import Dose

    Instance = ifcopenshell.entity_instance

# Beyond the building, where added rooms stand.
_CLEAR_M = 12.0


def perturb(source: Path, target: Path, dose: Dose) -> Truth:
    """Write another export of a model.

    Parameters
    ----------
    target : Path
        The new file; the truth is written beside it as ``NAME.truth.json``.

    Returns
    -------
    truth : Truth
        What became of every room and element.

    Raises
    ------
    OSError
        When a file can't be read or written.
    """
    editing = _Editing(ifcopenshell.open(str(source)), dose, source.name)
    truth = editing.run()
    file = editing.file
    if dose.unit:
        file = ifcopenshell.util.unit.convert_file_length_units(file, dose.unit)
    file.write(str(target))
    if dose.shuffled:
        shuffle(target, random.Random(dose.seed + 1))  # noqa: S311
    truth.write(target.with_suffix(".truth.json"))
    return truth


class _Editing:
    """One run over one open model; each product is changed in one way at most."""

    def __init__(self, file: ifcopenshell.file, dose: Dose, name: str) -> None:
        self.file, self.dose = file, dose
        self.chance = random.Random(dose.seed)  # noqa: S311
        self.unit_m = ifcopenshell.util.unit.calculate_unit_scale(file)
        self.truth = Truth(source=name, seed=dose.seed)
        # Copies and halves get names while the old GlobalIds are still in use: by statement.
        self.was: dict[int, str] = {}
        self.added: list[Instance] = []
        self.parts: dict[str, list[Instance]] = {}
        self.wholes: list[tuple[Instance, list[str]]] = []

    def run(self) -> Truth:
        rooms = list(self.file.by_type("IfcSpace"))
        elements = [e for e in self.file.by_type("IfcElement") if not e.is_a("IfcFeatureElement")]
        once = _once([p.GlobalId for p in (*rooms, *elements)])
        self.was = {p.id(): p.GlobalId for p in (*rooms, *elements) if p.GlobalId in once}
        self.chance.shuffle(rooms)
        free_rooms = [r for r in rooms if r.id() in self.was and self._stands_alone(r)]
        free = [e for e in elements if e.id() in self.was and self._stands_alone(e)]
        self.chance.shuffle(free)
        counts = len(rooms), len(free)
        self._merge(free_rooms, self._count(self.dose.merged, counts[0]))
        self._split(free_rooms, self._count(self.dose.split, counts[0]))
        for pool, count in zip((free_rooms, free), counts, strict=True):
            self._delete(pool, self._count(self.dose.deleted, count))
            self._move(pool, self._count(self.dose.moved, count))
            self._add(pool, self._count(self.dose.added, count))
        self._rename(free_rooms, self._count(self.dose.renamed, counts[0]))
        self._shift_numbers()
        self._rename_storeys()
        self._forget_names()
        add_noise(self.file, self.chance, self.dose.noise_m, self.unit_m)
        if self.dose.turn or any(self.dose.offset_m):
            turn_and_move(self.file, self.dose.turn, [v / self.unit_m for v in self.dose.offset_m])
        self._identify()
        return self.truth

    def _count(self, share: float, of: int) -> int:
        return 0 if share <= 0.0 or not of else max(1, round(share * of))

    def _stands_alone(self, product: Instance) -> bool:
        """Tell whether a product can be moved or removed without touching another one."""
        placement = product.ObjectPlacement
        if (
            product.Representation is None
            or placement is None
            or not placement.is_a("IfcLocalPlacement")
        ):
            return False
        if len(self.file.get_inverse(placement)) > 1:
            return False
        if any(
            getattr(product, name, ()) for name in ("HasOpenings", "IsDecomposedBy", "HasPorts")
        ):
            return False
        if product.is_a("IfcSpace"):
            return True
        return bool(product.ContainedInStructure)

    def _delete(self, pool: list[Instance], count: int) -> None:
        for product in [pool.pop() for _ in range(min(count, len(pool)))]:
            self.truth.gone.append(self.was.pop(product.id()))
            take_out(self.file, product, self._storey(product))

    def _move(self, pool: list[Instance], count: int) -> None:
        for product in [pool.pop() for _ in range(min(count, len(pool)))]:
            step = self.chance.uniform(0.3, 3.0) / self.unit_m
            along = self.chance.choice([(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)])
            product.ObjectPlacement = shifted_placement(
                self.file, product.ObjectPlacement, (*along, 0.0)
            )
            self.truth.moved.append(self.was[product.id()])

    def _add(self, pool: list[Instance], count: int) -> None:
        for rank, product in enumerate(self.chance.sample(pool, min(count, len(pool)))):
            copy = copied(self.file, product)
            room = product.is_a("IfcSpace")
            east = (rank + 1) * _CLEAR_M * 5 if room else self.chance.uniform(0.4, 3.0)
            copy.ObjectPlacement = shifted_placement(
                self.file, product.ObjectPlacement, (east / self.unit_m, 0.0, 0.0)
            )
            if room:
                copy.Name = f"N{rank + 1}"
            self.added.append(copy)

    def _rename(self, pool: list[Instance], count: int) -> None:
        for rank, room in enumerate(pool.pop() for _ in range(min(count, len(pool)))):
            what = self.chance.choice(["number", "name", "both"])
            if what != "name":
                room.Name = f"R{rank + 1}"
            if what != "number":
                room.LongName = f"改名 {rank + 1}"
            self.truth.renamed.append(self.was[room.id()])

    def _split(self, pool: list[Instance], count: int) -> None:
        for room in list(pool):
            if not count:
                return
            outline = outline_of(room)
            parts = None if outline is None else halves(outline, self.chance)
            if parts is None:
                continue
            pool.remove(room)
            count -= 1
            first, second = (draw_room(self.file, room, part, self.unit_m) for part in parts)
            second.Name = f"{room.Name or ''}a"
            self.parts[self.was.pop(room.id())] = [first, second]
            take_out(self.file, room, first)

    def _merge(self, pool: list[Instance], count: int) -> None:
        outlines: dict[int, Outline] = {}
        if count:
            outlines = {r.id(): o for r in pool if (o := outline_of(r)) is not None}
        for one in list(pool):
            if not count:
                return
            if one not in pool or one.id() not in outlines:
                continue
            for other in pool:
                if other == one or other.id() not in outlines:
                    continue
                whole = united(outlines[one.id()], outlines[other.id()])
                if whole is None or self._storey(one) != self._storey(other):
                    continue
                made = draw_room(self.file, one, whole, self.unit_m)
                self.wholes.append((made, [self.was.pop(r.id()) for r in (one, other)]))
                for room in (one, other):
                    pool.remove(room)
                    take_out(self.file, room, made)
                count -= 1
                break

    def _storey(self, product: Instance) -> Instance | None:
        for rel in getattr(product, "Decomposes", ()):
            parent: Instance = rel.RelatingObject
            return parent
        return None

    def _shift_numbers(self) -> None:
        storeys: dict[int, list[Instance]] = {}
        for room in self.file.by_type("IfcSpace"):
            parent = self._storey(room)
            if parent is not None and room.Name:
                storeys.setdefault(parent.id(), []).append(room)
        largest = sorted(storeys.values(), key=len, reverse=True)
        for rooms in largest[: self.dose.shifted_storeys]:
            ordered = sorted(rooms, key=lambda r: str(r.Name))
            names = [r.Name for r in ordered]
            for room, name in zip(ordered, [*names[1:], f"{names[-1]}+1"], strict=True):
                room.Name = name

    def _rename_storeys(self) -> None:
        if self.dose.storeys_renamed:
            for rank, storey in enumerate(self.file.by_type("IfcBuildingStorey")):
                storey.Name = f"Ebene {rank}"
                storey.LongName = None

    def _forget_names(self) -> None:
        if self.dose.nameless:
            for room in self.file.by_type("IfcSpace"):
                room.Name = room.LongName = room.Description = None

    def _identify(self) -> None:
        """Give GlobalIds, and write down who is who."""
        if self.dose.new_guids:
            for root in self.file.by_type("IfcRoot"):
                root.GlobalId = ifcopenshell.guid.new()
        elif self.dose.swapped > 0.0:
            left = [r for n in self.was if (r := self.file.by_id(n)).is_a("IfcSpace")]
            self.chance.shuffle(left)
            for _ in range(min(self._count(self.dose.swapped / 2, len(left)), len(left) // 2)):
                a, b = left.pop(), left.pop()
                a.GlobalId, b.GlobalId = b.GlobalId, a.GlobalId
        for number, old in self.was.items():
            self.truth.same[old] = self.file.by_id(number).GlobalId
        self.truth.added = [p.GlobalId for p in self.added]
        self.truth.splits = {o: [p.GlobalId for p in parts] for o, parts in self.parts.items()}
        self.truth.merges = {made.GlobalId: olds for made, olds in self.wholes}


def _once(names: list[str]) -> set[str]:
    """Keep the GlobalIds that stand only once: of the others nothing can be told."""
    seen: set[str] = set()
    again: set[str] = set()
    for name in names:
        (again if name in seen else seen).add(name)
    return seen - again
