"""Work in the field: photos, links for passers-by, rounds, sheets to take along."""
