"""Pure geometry and topology: areas, adjacency, clearance, networks, tiles. No I/O, no clock."""
