"""Check a model against an IDS file, with ifctester, in a process that can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from ifctester.ids import Ids

OUR_REQUIREMENTS: Final = Path(__file__).with_name("fangma.ids")
_LARGEST: Final = 5 * 2**20
_DEEPEST: Final = 64
_SECONDS: Final = 300
#: Elements that are told of one requirement; the last finding says how many more failed.
_MOST: Final = 50


class RequirementsError(ImportModelError):
    """An IDS file that is none, is hostile, or could not be checked in time."""


def read_requirements(path: Path) -> Ids:
    """Read an IDS file, valid by the schema of buildingSMART.

    Raises
    ------
    RequirementsError
        When it is too large, not XML, declares entities or a document type, or breaks the schema.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise RequirementsError(
                f"{path.name} has more than {_LARGEST >> 20} MiB, expected an IDS file",
                "check that it is the right file",
            )
        _expect_harmless(path.name, path.read_bytes())
    except OSError as error:
        raise RequirementsError(
            f"{path.name}: {error.strerror}", "check the path of the IDS file"
        ) from error
    from ifctester import ids

    try:
        return ids.open(str(path), validate=True)
    except ids.IdsXmlValidationError as error:
        cause = getattr(error, "xml_error", None) or error
        reason = " ".join(str(getattr(cause, "reason", cause)).split())[:300]
        raise RequirementsError(
            f"{path.name} is no valid IDS 1.0 file: {reason}",
            "validate it with the program that wrote it",
        ) from error


def _expect_harmless(name: str, data: bytes) -> None:
    """Refuse document types, entities and nesting without end before a real parser sees them."""
    depth = 0

    def refuse(*_: object) -> int:
        raise RequirementsError(
            f"{name} declares a document type or entities, which IDS files never need",
            "remove the DOCTYPE; such files can read other files or fill the memory",
        )

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise RequirementsError(
                f"{name} nests deeper than {_DEEPEST} elements", "expected an IDS file"
            )

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise RequirementsError(
            f"{name} is no XML: {error}", "choose the IDS file (.ids) itself"
        ) from error


def check_model(model: Path, requirements: Path) -> list[Finding]:
    """Check a model against an IDS file.

    Parameters
    ----------
    model : Path
        A file that ifcopenshell can read.

    Returns
    -------
    findings : list of Finding
        Rule ``ids-failed`` for each element and requirement that is not met, ``ids-passed`` for
        the whole file.

    Raises
    ------
    RequirementsError
        As :func:`read_requirements`, or when checking takes longer than five minutes: patterns of
        an IDS file may be written so that they never end.
    """
    read_requirements(requirements)
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__, str(requirements), str(model)],
            capture_output=True, timeout=_SECONDS, check=False, text=True, encoding="utf-8",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RequirementsError(
            f"checking against {requirements.name} took longer than {_SECONDS} s",
            "simplify its patterns, or check the model with an IDS tool of its own",
        ) from None
    if done.returncode != 0:
        raise RequirementsError(
            f"checking against {requirements.name} failed: {done.stderr.strip()[-300:]}",
            "check the IDS file with the program that wrote it",
        )
    return _findings(requirements.name, json.loads(done.stdout))


def _findings(name: str, results: list[dict[str, Any]]) -> list[Finding]:
    findings: list[Finding] = []
    for spec in results:
        findings += [
            Finding(
                severity=Severity.WARNING,
                rule="ids-failed",
                element=failure["element"],
                message=f"{name}, {spec['name']}: {failure['reason']}",
                remedy=spec["instructions"] or "Mend the model as the IDS file asks.",
            )
            for failure in spec["failures"]
        ]
        if spec["more"]:
            findings.append(
                Finding(
                    severity=Severity.WARNING, rule="ids-failed", element=None,
                    message=f"{name}, {spec['name']}: {spec['more']} more failures.",
                    remedy=spec["instructions"] or "Mend the model as the IDS file asks.",
                )
            )  # fmt: skip
    passed = sum(not spec["failures"] for spec in results)
    findings.append(
        Finding(
            severity=Severity.INFO, rule="ids-checked", element=None,
            message=f"{passed} of {len(results)} specifications of {name} are met.",
            remedy="Nothing where all are met.",
        )
    )  # fmt: skip
    return findings


def _run(requirements: Path, model: Path) -> list[dict[str, Any]]:
    """Check, and list the failures of each specification; runs in the child process."""
    import ifcopenshell

    asked = read_requirements(requirements)
    file = ifcopenshell.open(str(model))
    asked.validate(file, should_filter_version=True)
    results: list[dict[str, Any]] = []
    for spec in asked.specifications:
        failures: list[dict[str, Any]] = []
        count = 0
        for facet in spec.requirements:
            for failure in facet.failures:
                count += 1
                if len(failures) < _MOST:
                    element = failure["element"]
                    failures.append(
                        {
                            "element": getattr(element, "GlobalId", None),
                            "reason": str(failure["reason"])[:500],
                        }
                    )
        if not count and spec.status is False:
            count, failures = 1, [{"element": None, "reason": "no such element was found"}]
        results.append(
            {
                "name": spec.name, "instructions": spec.instructions, "failures": failures,
                "more": count - len(failures),
            }
        )  # fmt: skip
    return results


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(Path(sys.argv[1]), Path(sys.argv[2])), ensure_ascii=True))
