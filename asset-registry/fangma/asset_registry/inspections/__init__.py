"""Inspection rounds (巡检): what is looked at how often, and what was found."""
