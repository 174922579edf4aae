"""Payloads become observations. Pure functions; bad input is told, never raised."""
