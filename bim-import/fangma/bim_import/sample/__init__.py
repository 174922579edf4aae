"""A believable government compound of our own: models, tables, and what an audit must find."""

from __future__ import annotations

from fangma.bim_import.sample.compound import SampleError, SampleSummary, write_sample

__all__ = ["SampleError", "SampleSummary", "write_sample"]
