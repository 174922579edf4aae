"""Which statement rests on which, and a fingerprint of everything beneath a statement."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.opening.spelling import Respelled, respell
from fangma.bim_import.opening.statements import inside_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.opening.statements import Statements

DIGEST_BYTES = 16
# Upper-case names of classes that count as nothing wherever they are referred to.
IGNORED = frozenset({"IFCOWNERHISTORY"})
# Real models stay below a hundred; recursive readers overflow their stack in the thousands.
DEEPEST_CHAIN = 2000


def dependency_order(statements: Statements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order rows so that each comes after all that it refers to.

    Returns
    -------
    order : (k,) int64
        Rows, referred ones first.
    circular : (n - k,) int64
        Rows that lie on a circle of references or rest on one, or on more than DEEPEST_CHAIN
        others one beneath the other; empty in a sound file.
    """
    count = len(statements.ids)
    known = statements.ref_targets >= 0
    source = statements.ref_rows[known]
    target = statements.ref_targets[known]
    waiting = np.bincount(source, minlength=count)
    by_target = np.argsort(target, kind="stable")
    users = source[by_target]
    begin = np.searchsorted(target[by_target], np.arange(count + 1))
    frontier = np.flatnonzero(waiting == 0)
    layers: list[NDArray[np.int64]] = []
    while len(frontier) and len(layers) < DEEPEST_CHAIN:
        layers.append(frontier)
        sizes = begin[frontier + 1] - begin[frontier]
        shift = np.repeat(begin[frontier] - (np.cumsum(sizes) - sizes), sizes)
        served = users[shift + np.arange(len(shift))]
        rows, times = np.unique(served, return_counts=True)
        waiting[rows] -= times
        frontier = rows[waiting[rows] == 0]
    order = np.concatenate(layers) if layers else np.zeros(0, dtype=np.int64)
    return order, np.flatnonzero(waiting > 0)


def fingerprints(
    statements: Statements,
    order: NDArray[np.int64],
    *,
    rooted: frozenset[str],
    unordered: Mapping[str, frozenset[int]] = MappingProxyType({}),
    ignored: frozenset[str] = IGNORED,
    known: Sequence[bytes] = (),
) -> list[bytes]:
    """Fingerprint the subgraph of statements beneath each statement.

    The text of a statement is hashed with each reference replaced by the fingerprint of what it
    refers to, so the order of statements, their numbers, blanks, comments and the spelling of real
    numbers do not count. Of an IfcRoot neither GlobalId nor owner history counts: exporters renew
    both without any change.

    Parameters
    ----------
    statements : Statements
        Of one file.
    order : (n,) int64
        From :func:`dependency_order`.
    rooted : frozenset[str]
        Upper-case names of the classes whose first two arguments do not count.
    unordered : mapping of str to frozenset[int]
        By upper-case class name, the arguments (from 0) that are SETs: exporters write the members
        of a set in any order, so their order does not count.
    ignored : frozenset[str]
        Upper-case names of classes that count as nothing wherever they are referred to.
    known : sequence of bytes, optional
        By row, the fingerprints that are known already, and ``b""`` for the others.

    Returns
    -------
    digests : list[bytes]
        By row, DIGEST_BYTES each.
    """
    count = len(statements.ids)
    if known:
        wanted = ~np.fromiter(map(bool, known), np.bool_, count)
        if not wanted.any():
            return list(known)
        statements, order = _excerpt(statements, wanted), order[wanted[order]]
    text = np.frombuffer(statements.data, dtype=np.uint8)
    is_string = inside_strings(text)
    numbers = respell(text, is_string)
    keep = (text > 0x20) | is_string
    for place in range(1, int(statements.ref_lengths.max(initial=0)) + 1):
        longer = statements.ref_lengths >= place
        keep[statements.ref_offsets[longer] + place] = False
    is_rooted = np.array([name in rooted for name in statements.keywords], dtype=np.bool_)
    bodies = np.where(is_rooted[statements.classes], statements.thirds, statements.starts)

    # Texts without blanks and numbers: an offset moves left by what was dropped before it.
    dropped = np.flatnonzero(~keep)
    begin_at, end_at, number_at, number_end = (
        offsets - np.searchsorted(dropped, offsets)
        for offsets in (bodies, statements.ends, numbers.begins, numbers.ends)
    )
    packed, spans = Respelled(begins=number_at, ends=number_end, words=numbers.words).spliced(
        text[keep].tobytes(), begin_at, end_at
    )
    begins, finishes = (np.array(places, np.int64) for places in spans)

    counted = statements.ref_offsets >= bodies[statements.ref_rows]
    is_ignored = np.array([name in ignored for name in statements.keywords], dtype=np.bool_)
    rows = statements.ref_rows[counted]
    targets = statements.ref_targets[counted]
    skip = np.where(targets >= 0, is_ignored[statements.classes[targets]], True)
    in_sets = _in_sets(statements, unordered)[counted]
    order_free = in_sets.tolist()
    # Only where a set has several members: most sets of a file have one.
    several = (in_sets[1:] > 0) & (in_sets[1:] == in_sets[:-1]) & (rows[1:] == rows[:-1])
    sorts = np.zeros(count, dtype=np.bool_)
    sorts[rows[1:][several]] = True
    is_sorting = sorts.tolist()
    targets = np.where(skip, count, targets).tolist()
    begin = np.searchsorted(rows, np.arange(count + 1))
    prefixes = [name.encode("ascii") for name in statements.keywords]
    digests: list[bytes] = [*(known or [b""] * count), bytes(DIGEST_BYTES)]
    digest_of = digests.__getitem__
    # More than half of a file refers to nothing, and is quickly done.
    is_bare = begin[order] == begin[order + 1]
    bare, others = order[is_bare], order[~is_bare]
    for row, code, first, last in zip(
        bare.tolist(), statements.classes[bare].tolist(), begins[bare].tolist(),
        finishes[bare].tolist(), strict=True,
    ):  # fmt: skip
        digests[row] = blake2b(
            prefixes[code] + packed[first:last], digest_size=DIGEST_BYTES
        ).digest()
    for row, code, first, last, one, end in zip(
        others.tolist(), statements.classes[others].tolist(), begins[others].tolist(),
        finishes[others].tolist(), begin[others].tolist(), begin[others + 1].tolist(), strict=True,
    ):  # fmt: skip
        beneath: Iterable[bytes] = map(digest_of, targets[one:end])
        if is_sorting[row]:
            beneath = _sorted_sets(list(beneath), order_free[one:end])
        digests[row] = blake2b(
            b"".join((prefixes[code], packed[first:last], *beneath)), digest_size=DIGEST_BYTES
        ).digest()
    return digests[:count]


def _excerpt(statements: Statements, wanted: NDArray[np.bool_]) -> Statements:
    """Leave of all but some rows no text and no references; rows keep their places."""
    data, starts, ends = statements.data, statements.starts, statements.ends
    rows = np.flatnonzero(wanted)
    text = b"".join(
        data[start:end]
        for start, end in zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
    )
    lengths = ends[rows] - starts[rows]
    shift = np.zeros(len(starts), np.int64)
    shift[rows] = np.cumsum(lengths) - lengths - starts[rows]
    is_told = wanted[statements.ref_rows]
    told = statements.ref_rows[is_told]
    parting = np.searchsorted(starts, statements.commas, side="right") - 1
    is_parting = wanted[parting]
    return replace(
        statements,
        data=text,
        starts=np.where(wanted, starts + shift, 0),
        ends=np.where(wanted, ends + shift, 0),
        thirds=np.where(wanted, statements.thirds + shift, 0),
        commas=statements.commas[is_parting] + shift[parting[is_parting]],
        ref_rows=told,
        ref_offsets=statements.ref_offsets[is_told] + shift[told],
        ref_lengths=statements.ref_lengths[is_told],
        ref_targets=statements.ref_targets[is_told],
    )


def _in_sets(statements: Statements, unordered: Mapping[str, frozenset[int]]) -> NDArray[np.int64]:
    """Tell for each reference in which set it stands: argument + 1, or 0 when in none."""
    starts = statements.starts[statements.ref_rows]
    argument = np.searchsorted(statements.commas, statements.ref_offsets) - np.searchsorted(
        statements.commas, starts
    )
    widest = max((max(places, default=0) for places in unordered.values()), default=0) + 2
    table = np.zeros((len(statements.keywords), widest), dtype=np.bool_)
    for code, name in enumerate(statements.keywords):
        for place in unordered.get(name, ()):
            table[code, place] = True
    codes = statements.classes[statements.ref_rows]
    return np.where(table[codes, np.minimum(argument, widest - 1)], argument + 1, 0)


def _sorted_sets(beneath: list[bytes], sets: list[int]) -> Iterable[bytes]:
    """Sort the digests that stand in one set, each set by itself, and leave the others."""
    out: list[bytes] = []
    for place, run in groupby(zip(sets, beneath, strict=True), key=itemgetter(0)):
        members = [digest for _, digest in run]
        out += sorted(members) if place else members
    return out
