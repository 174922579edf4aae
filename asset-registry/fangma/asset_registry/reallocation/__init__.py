"""Reallocation: who moves where, so that every ceiling and wish is kept. Pure: no clock, no I/O.

``request`` reads what a planner asks, ``situation`` is what the solver is told, ``solving``
answers, ``ordering`` turns the answer into steps, ``checking`` proves them by code of its own,
``answer`` writes the document of CONTRACTS.
"""
