"""Entities of SensorThings made of what the registry holds.

======================  =====================================================  ==================
entity                  is                                                     ``@iot.id``
======================  =====================================================  ==================
Thing, Location,        an entry that streams watch; ``unbound`` holds others  its code
FeatureOfInterest
Datastream, Sensor      a stream                                               the sensor's name
ObservedProperty        what streams measure                                   its name
Observation             an observation                                         ``sensor@time``
======================  =====================================================  ==================
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fangma.twin.sensorthings.address import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from fangma.asset_registry.observation import Result
    from fangma.asset_registry.store.streams import Stream

Entity = dict[str, Any]
UNBOUND: Final = "unbound"
_OM: Final = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"

SETS: Final = (
    "Things", "Locations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
    "FeaturesOfInterest",
)  # fmt: skip
#: From an entity set: navigation property, the set that it leads to, and whether to one or many.
NAVIGATION: Final[dict[str, dict[str, tuple[str, bool]]]] = {
    "Things": {"Datastreams": ("Datastreams", True), "Locations": ("Locations", True)},
    "Locations": {"Things": ("Things", True)},
    "Datastreams": {
        "Thing": ("Things", False),
        "Sensor": ("Sensors", False),
        "ObservedProperty": ("ObservedProperties", False),
        "Observations": ("Observations", True),
    },
    "Sensors": {"Datastreams": ("Datastreams", True)},
    "ObservedProperties": {"Datastreams": ("Datastreams", True)},
    "Observations": {
        "Datastream": ("Datastreams", False),
        "FeatureOfInterest": ("FeaturesOfInterest", False),
    },
    "FeaturesOfInterest": {"Observations": ("Observations", True)},
}


class Service:
    """Writes entities with the links of one service root.

    Parameters
    ----------
    root : str
        URL that ends in ``/sta/v1.1``.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def link(self, set_: str, key: str | None = None, more: str = "") -> str:
        """Return the URL of a set or an entity."""
        place = f"({quote(quoted(key), safe=chr(39))})" if key is not None else ""
        return f"{self._root}/{set_}{place}{more}"

    def thing(self, streams: Iterable[Stream], name: str | None = None) -> Entity:
        """Write the Thing that some streams watch; it is named by its code, or as it was made."""
        first = next(iter(streams))
        code = first.code or UNBOUND
        return self._entity(
            "Things",
            code,
            name=name or code,
            description=first.kind or "Streams that are bound to nothing yet.",
            properties={"kind": first.kind, "use": first.use},
        )

    def datastream(self, stream: Stream) -> Entity:
        """Write the Datastream of a stream."""
        is_truth = isinstance(stream.result, bool)
        is_word = isinstance(stream.result, str)
        kind = "TruthObservation" if is_truth else "Observation" if is_word else "Measurement"
        unit = stream.unit
        return self._entity(
            "Datastreams",
            stream.sensor,
            name=stream.name or stream.sensor,
            description=f"{stream.observed_property or 'unknown'} of {stream.code or 'nowhere'}",
            observationType=_OM + kind,
            unitOfMeasurement={
                "name": unit,
                "symbol": unit,
                "definition": f"http://unitsofmeasure.org/ucum.html#{unit}" if unit else None,
            },
            properties={"declared": stream.declared, "protocol": stream.protocol},
        )

    def sensor(self, stream: Stream) -> Entity:
        """Write the Sensor of a stream."""
        return self.told_sensor(
            stream.sensor,
            {
                "name": stream.name or stream.sensor,
                "description": stream.protocol or "",
                "metadata": stream.address or "",
            },
        )

    def told_sensor(self, key: str, told: Entity) -> Entity:
        """Write a Sensor as a client described it."""
        return self._entity(
            "Sensors",
            key,
            name=told.get("name", key),
            description=told.get("description", ""),
            encodingType=told.get("encodingType", "text/plain"),
            metadata=told.get("metadata", ""),
        )

    def observed_property(self, name: str, told: Entity | None = None) -> Entity:
        """Write an ObservedProperty, as a client described it if one did."""
        told = told or {}
        return self._entity(
            "ObservedProperties",
            name,
            name=told.get("name", name),
            definition=told.get("definition", f"urn:fangma:{name}"),
            description=told.get("description", ""),
        )

    def bare_thing(self, code: str, kind: str, name: str | None) -> Entity:
        """Write the Thing of an entry that no stream watches."""
        return self._entity(
            "Things",
            code,
            name=name or code,
            description=kind,
            properties={"kind": kind, "use": None},
        )

    def location(self, code: str, geometry: Entity | None) -> Entity:
        """Write the Location of an entry; ``geometry`` is GeoJSON in CRS84."""
        return self._entity(
            "Locations",
            code,
            name=code,
            description="",
            encodingType="application/geo+json",
            location=geometry,
        )

    def feature(self, code: str, geometry: Entity | None) -> Entity:
        """Write the FeatureOfInterest of an entry: what is observed is the thing itself."""
        return self._entity(
            "FeaturesOfInterest",
            code,
            name=code,
            description="",
            encodingType="application/geo+json",
            feature=geometry,
        )

    @staticmethod
    def observation_key(sensor: str, at: datetime) -> str:
        """Return the key of an Observation: one, whatever the offset that its time was told in."""
        return f"{sensor}@{at.astimezone(UTC).isoformat()}"

    def observation(
        self, sensor: str, at: datetime, result: Result | None, quality: str, recorded_at: datetime
    ) -> Entity:
        """Write an Observation; resultTime is when it came to be known."""
        return self._entity(
            "Observations",
            self.observation_key(sensor, at),
            phenomenonTime=at.isoformat(),
            resultTime=recorded_at.isoformat(),
            result=result,
            resultQuality=quality,
        )

    def _entity(self, set_: str, key: str, **properties: object) -> Entity:
        links = {
            f"{name}@iot.navigationLink": self.link(set_, key, f"/{name}")
            for name in NAVIGATION[set_]
        }
        return {"@iot.id": key, "@iot.selfLink": self.link(set_, key), **properties, **links}
