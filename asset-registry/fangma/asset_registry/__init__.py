"""What exists and what it is called: codes, lineage, occupancy, standards, plans."""
