"""A small compound for the tests: one site, one building, one storey, rooms as asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from fangma.asset_registry.changes import (
    Applied,
    ChangeSet,
    ModelRevision,
    NewEntry,
    Shape,
    Source,
    State,
)
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, Connection, recording
from fangma.asset_registry.store.sites import add_site


@dataclass(kw_only=True)
class Compound:
    conn: Connection
    site: UUID
    site_code: str
    building: UUID = field(default_factory=uuid4)
    storey: UUID = field(default_factory=uuid4)

    def record(self, reader: object = OPERATOR, /, **changes: object) -> Applied:
        given: dict[str, object] = {"site_id": self.site, "valid_from": None, **changes}
        with recording(self.conn, reader):  # type: ignore[arg-type]
            return apply(self.conn, ChangeSet(**given), actor="tester", action="import")  # type: ignore[arg-type]

    def build(self) -> Compound:
        self.record(
            new=(
                NewEntry(id=self.building, kind="building", site_id=self.site),
                NewEntry(
                    id=self.storey, kind="storey", site_id=self.site, building_id=self.building
                ),
            ),
            states=(
                State(entry_id=self.building, name="一号楼", building_id=self.building),
                State(
                    entry_id=self.storey,
                    name="五层",
                    building_id=self.building,
                    elevation_m=14.4,
                ),
            ),
        )
        return self

    def new_room(self, number: str | None = "512", *, secret: bool = False) -> NewEntry:
        return NewEntry(
            id=uuid4(),
            kind="room",
            site_id=self.site,
            building_id=self.building,
            storey_id=self.storey,
            code_part=number,
            secret=secret,
        )

    def room_state(self, entry_id: UUID, **values: object) -> State:
        usual: dict[str, object] = {
            "name": "办公室",
            "number": "512",
            "building_id": self.building,
            "storey_id": self.storey,
            "use": "office",
            "ifc_class": "IfcSpace",
        }
        return State(entry_id=entry_id, **{**usual, **values})  # type: ignore[arg-type]

    def add_rooms(self, *rooms: NewEntry, **values: object) -> dict[UUID, str]:
        """Add rooms with the same state, each with a shape of its own."""
        return self.record(
            new=rooms,
            states=tuple(self.room_state(room.id, **values) for room in rooms),
            shapes=tuple(
                Shape(entry_id=room.id, area_m2=20.0, extent=((i, 0, 0), (i + 1, 2, 3)))
                for i, room in enumerate(rooms)
            ),
        ).codes

    def revision_of(self, file: str, model: UUID | None = None) -> ModelRevision:
        return ModelRevision(
            id=uuid4(),
            model_id=model or uuid4(),
            new_model=model is None,
            site_id=self.site,
            building_ids=(self.building,),
            kind="ifc",
            discipline="architecture",
            project_guid="0Project",
            building_guids=("0Building",),
            name=file,
            file=file,
            sha256="00",
            size=1,
            schema="IFC4",
            application="tests",
            written_at=None,
            report={},
        )


def source_of(entry_id: UUID, guid: str, fingerprint: str = "f") -> Source:
    return Source(
        entry_id=entry_id,
        guid=guid,
        step_key=1,
        fingerprint=fingerprint,
        properties={"Pset": {"Reference": "A"}},
    )


def found(conn: Connection, name: str = "院") -> Compound:
    site = add_site(conn, name=name, actor="tester", division="330302")
    return Compound(conn=conn, site=site.id, site_code=site.code).build()
