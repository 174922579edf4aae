"""The audit: what every person, room and unit uses against what the standard allows. Pure.

``facts`` says what goes in, ``engine.audit`` judges it, ``report`` says what comes out.
"""
