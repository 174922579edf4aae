"""Outdoor lines from the point and line tables of a survey (CJJ 61): X is north, Y is east."""
