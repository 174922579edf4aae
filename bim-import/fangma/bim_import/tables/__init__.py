"""Tables of the people side: units, people, assignments, leases, the ledger; CSV and XLSX."""
