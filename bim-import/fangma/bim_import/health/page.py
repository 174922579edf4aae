"""The health report as one HTML page: it loads nothing, runs nothing, and prints."""

from __future__ import annotations

from datetime import datetime
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.auditing.facts import CHINA
from fangma.bim_import.findings_zh import TITLES_AND_REMEDIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STYLE: Final = """
body{font:14px/1.5 "Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;
margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1d2733}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;
border-bottom:1px solid #d8dee6;vertical-align:top}th{font-weight:600;background:#f4f6f9}
.error{color:#b00020;font-weight:600}.warning{color:#8a5300;font-weight:600}.info{color:#2f5d8a}
small,.en{color:#5b6775}details{margin:.2rem 0 .8rem}summary{cursor:pointer}
dl{display:grid;grid-template-columns:repeat(4,auto 1fr);gap:.2rem .8rem}
dt{color:#5b6775}dd{margin:0}
code{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
td:last-child{min-width:12.5rem}
@media print{details{break-inside:avoid}body{margin:0;max-width:none}}
"""
_COUNTED: Final = {
    "elements": "构件 elements", "rooms": "房间 rooms", "storeys": "楼层 storeys",
    "buildings": "楼栋 buildings", "with_body": "有形体 with a body", "ports": "接口 ports",
    "area_m2": "实测面积 measured m²",
}  # fmt: skip
_ORDER: Final = ("error", "warning", "info")
_MOST_NAMED: Final = 200
_SEVERITY: Final = {"error": "错误 error", "warning": "警告 warning", "info": "提示 info"}


def draw_page(document: Mapping[str, Any]) -> str:
    """Draw a health report.

    Parameters
    ----------
    document : mapping
        ``{"file", "at", "schema", "health", "findings"}``; health as
        :func:`fangma.bim_import.health.examine` gives it, findings as an import tells them.

    Returns
    -------
    html : str
        Whole and self-contained; every word of the file is escaped.
    """
    health = document.get("health") or {"counts": {}, "checks": []}
    findings: Sequence[Mapping[str, Any]] = document.get("findings") or ()
    grave = sum(f["severity"] != "info" for f in findings)
    grave += sum(c["severity"] != "info" for c in health["checks"])
    verdict = "需要处理 needs attention" if grave else "良好 in good health"
    counts = "".join(
        f"<dt>{escape(_COUNTED.get(key, key))}</dt><dd>{escape(f'{value:,}')}</dd>"
        for key, value in sorted(health["counts"].items(), key=lambda count: _place(count[0]))
    )
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>模型体检 {escape(str(document['file']))}</title><style>{_STYLE}</style></head>"
        f"<body><h1>模型体检报告 <span class=en>Model health</span></h1>"
        f"<p><b>{escape(str(document['file']))}</b> · "
        f"{escape(str(document.get('schema') or ''))} · "
        f"{escape(_time(document.get('at')))} · "
        f'<span class="{"warning" if grave else "info"}">{verdict}</span></p>'
        f"<dl>{counts}</dl>"
        f"<h2>检查项 Checks</h2>{_checks(health['checks'])}"
        f"<h2>导入发现 Findings of the import</h2>{_findings(findings)}"
        "</body></html>\n"
    )


def _place(count: str) -> int:
    return list(_COUNTED).index(count) if count in _COUNTED else len(_COUNTED)


def _time(at: str | None) -> str:
    """Write a moment as a clock in China shows it."""
    if not at:
        return ""
    return datetime.fromisoformat(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M (UTC+8)")


def _checks(checks: Sequence[Mapping[str, Any]]) -> str:
    if not checks:
        return "<p>未发现问题。<span class=en>Nothing to complain of.</span></p>"
    return "".join(
        f"<details{' open' if c['severity'] != 'info' else ''}><summary>"
        f'<span class="{c["severity"]}">{_SEVERITY[c["severity"]]}</span> '
        f"<b>{escape(c['zh'])}</b> <span class=en>{escape(c['en'])}</span> · {c['count']} "
        f"<code>{escape(c['rule'])}</code></summary>"
        f"<p>{escape(c['remedy_zh'])}<br><span class=en>{escape(c['remedy_en'])}</span></p>"
        f"{_elements(c)}</details>"
        for c in checks
    )


def _elements(check: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(e['told']))}</td><td><code>{escape(str(e['element'] or ''))}</code>"
        "</td></tr>"
        for e in check["elements"]
    )
    more = check["count"] - len(check["elements"])
    rest = f"<p><small>另有 {more} 项 and {more} more</small></p>" if more > 0 else ""
    return f"<table>{rows}</table>{rest}" if rows else rest


def _findings(findings: Sequence[Mapping[str, Any]]) -> str:
    if not findings:
        return "<p>无。<span class=en>None.</span></p>"
    # The same words of a hundred doors are one row with a hundred names.
    ordered = sorted(findings, key=_said)
    rows = []
    for _, alike in groupby(ordered, key=_said):
        same = list(alike)
        f = same[0]
        title, remedy = TITLES_AND_REMEDIES.get(f["rule"], ("", ""))
        rows.append(
            f'<tr><td class="{escape(f["severity"])}">{_SEVERITY.get(f["severity"], "")}</td>'
            f"<td>{escape(title)} <code>{escape(f['rule'])}</code><br>"
            f"<span class=en>{escape(f['message'])}</span></td>"
            f"<td>{escape(remedy)}<br><span class=en>{escape(f['remedy'])}</span></td>"
            f"<td>{_named([str(f['element']) for f in same if f['element']])}</td></tr>"
        )
    head = "<tr><th></th><th>发现 Found</th><th>处理 Remedy</th><th>构件 Element</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _said(finding: Mapping[str, Any]) -> tuple[int, str, str, str]:
    """Return what a finding says apart from its element, by which the gravest comes first."""
    severity = finding["severity"]
    rank = _ORDER.index(severity) if severity in _ORDER else len(_ORDER)
    return rank, finding["rule"], finding["message"], finding["remedy"]


def _named(elements: Sequence[str]) -> str:
    if len(elements) < 2:
        return "".join(f"<code>{escape(name)}</code>" for name in elements)
    told = "<br>".join(f"<code>{escape(name)}</code>" for name in elements[:_MOST_NAMED])
    more = "" if len(elements) <= _MOST_NAMED else f"<br>+ {len(elements) - _MOST_NAMED:,}"
    return f"<details><summary>{len(elements):,} 个</summary>{told}{more}</details>"
