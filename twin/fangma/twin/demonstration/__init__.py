"""The demonstration: a sample compound in a home of the user's, with people at work in it."""

from fangma.twin.demonstration.preparing import Demonstration, SampleRefusedError, catch_up, prepare

__all__ = ["Demonstration", "SampleRefusedError", "catch_up", "prepare"]
