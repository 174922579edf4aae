"""Planned closures: water, gas or heating that is shut off for a time (计划停水停气)."""
