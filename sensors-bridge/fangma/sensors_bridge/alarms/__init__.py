"""Alarms after ISA-18.2: rules by room type, judged as observations arrive."""
