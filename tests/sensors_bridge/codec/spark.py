"""An edge node's side of Sparkplug B, written with Google's protobuf from the published schema."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_TYPES = {"uint64": 4, "uint32": 13, "string": 9, "bool": 8, "float": 2, "double": 1, "message": 11}
_METRIC = [
    ("name", 1, "string"), ("alias", 2, "uint64"), ("timestamp", 3, "uint64"),
    ("datatype", 4, "uint32"), ("is_historical", 5, "bool"), ("is_null", 7, "bool"),
    ("int_value", 10, "uint32"), ("long_value", 11, "uint64"), ("float_value", 12, "float"),
    ("double_value", 13, "double"), ("boolean_value", 14, "bool"), ("string_value", 15, "string"),
]  # fmt: skip
_PAYLOAD = [("timestamp", 1, "uint64"), ("metrics", 2, "message"), ("seq", 3, "uint64")]


def _made() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="spb.proto", package="spb", syntax="proto2")
    for name, fields in (("Metric", _METRIC), ("Payload", _PAYLOAD)):
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            message.field.add(
                name=field,
                number=number,
                type=_TYPES[kind],
                label=3 if kind == "message" else 1,
                type_name=".spb.Metric" if kind == "message" else None,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    metric, payload_ = (
        message_factory.GetMessageClass(pool.FindMessageTypeByName(f"spb.{name}"))
        for name in ("Metric", "Payload")
    )
    return metric, payload_


Metric, Payload = _made()


def payload(seq: int | None, at: int | None, *metrics: dict[str, Any]) -> bytes:
    """Write a payload; ``at`` in milliseconds since 1970."""
    told = Payload(metrics=[Metric(**each) for each in metrics])
    if seq is not None:
        told.seq = seq
    if at is not None:
        told.timestamp = at
    return bytes(told.SerializeToString())
