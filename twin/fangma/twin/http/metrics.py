"""Counters of the web server in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SECONDS: Final = "fangma_http_request_seconds"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Requests by method, route and status, and how long routes take.

    Labels come from the table of routes, never from what a client sends, so that no client can
    make the table grow.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS_S) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Add one finished request."""
        method = method if method in _METHODS else "other"
        with self._lock:
            self._requests[method, route, status] += 1
            self._buckets[route][bisect_left(_BOUNDS_S, seconds)] += 1
            self._seconds[route] += seconds

    def text(self, gauges: dict[str, float]) -> str:
        """Write everything, with ``gauges`` (name -> value of now) appended."""
        lines = [
            "# HELP fangma_http_requests_total Requests answered.",
            "# TYPE fangma_http_requests_total counter",
        ]
        with self._lock:
            lines += [
                f'fangma_http_requests_total{{method="{method}",route="{route}",status="{status}"}}'
                f" {count}"
                for (method, route, status), count in sorted(self._requests.items())
            ]
            lines += [
                f"# HELP {_SECONDS} Time to answer.",
                f"# TYPE {_SECONDS} histogram",
            ]
            for route, buckets in sorted(self._buckets.items()):
                total = 0
                for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), buckets, strict=True):
                    total += count
                    lines.append(f'{_SECONDS}_bucket{{route="{route}",le="{bound}"}} {total}')
                lines += [
                    f'{_SECONDS}_sum{{route="{route}"}} {self._seconds[route]:.6f}',
                    f'{_SECONDS}_count{{route="{route}"}} {total}',
                ]
        typed: set[str] = set()
        for name, value in sorted(gauges.items()):
            family = name.partition("{")[0]
            if family not in typed:
                lines.append(f"# TYPE {family} gauge")
                typed.add(family)
            lines.append(f"{name} {value:.15g}")
        return "\n".join(lines) + "\n"
