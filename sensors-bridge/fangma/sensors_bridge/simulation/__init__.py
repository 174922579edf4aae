"""Sensors that are not there: a compound's working day, for the demonstration and for tests."""
