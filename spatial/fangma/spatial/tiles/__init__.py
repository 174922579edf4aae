"""Geometry as it is served: 3D Tiles 1.1, pure: columns in, bytes and dicts out."""
