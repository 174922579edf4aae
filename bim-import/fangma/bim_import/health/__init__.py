"""Model health: what a file lacks, what is wrong in it, what had to be guessed, with the remedy."""

from fangma.bim_import.health.examination import examine

__all__ = ["examine"]
