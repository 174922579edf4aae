"""Model health: what a file lacks, what is wrong in it, what had to be guessed, with the remedy."""

from fangma.bim_import.health.examination import examine
from fangma.bim_import.health.page import draw_page

__all__ = ["draw_page", "examine"]
