"""Requirements on models as IDS (buildingSMART Information Delivery Specification 1.0).

``fangma.ids`` beside this file holds our own; clients bring theirs with ``fangma import --ids``.
"""

from fangma.bim_import.requirements.checking import (
    OUR_REQUIREMENTS,
    RequirementsError,
    check_model,
    read_requirements,
)

__all__ = ["OUR_REQUIREMENTS", "RequirementsError", "check_model", "read_requirements"]
