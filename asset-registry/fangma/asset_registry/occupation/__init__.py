"""Who holds which room: units, people, assignments, leases and the ledger, as dated facts. Pure."""
