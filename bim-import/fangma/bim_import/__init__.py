"""IFC, survey tables, drawings and ledgers become registry changes and 3D tiles."""
