"""The scanner finds every statement, whatever strings and comments hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from fangma.bim_import.opening.statements import (
    DEEPEST_NESTING,
    UnreadableTextError,
    line_at,
    scan,
    without_comments,
)

FRAME = (b"ISO-10303-21;HEADER;FILE_SCHEMA(('IFC4'));ENDSEC;DATA;", b"ENDSEC;END-ISO-10303-21;")
TRICKY = st.text(alphabet="#'/*;()=,\\ \n19AX", max_size=12)


def file_of(statements: list[bytes]) -> bytes:
    return FRAME[0] + b"\n".join(statements) + FRAME[1]


def literal(text: str) -> bytes:
    return b"'" + text.replace("'", "''").encode("ascii") + b"'"


@given(texts=st.lists(st.tuples(TRICKY, TRICKY), min_size=1, max_size=8))
def test_what_strings_and_comments_hold_is_never_taken_for_a_statement(
    texts: list[tuple[str, str]],
) -> None:
    lines = []
    for number, (inside, comment) in enumerate(texts, start=1):
        remark = b"/*" + comment.replace("*/", "").rstrip("*").encode("ascii") + b" */"
        other = b"#%d" % (number % len(texts) + 1)
        lines.append(
            remark + b"#%d=IFCWALL(%s,%s,(%s,$))" % (number, literal(inside), other, other) + b";"
        )
    data = without_comments(file_of(lines))
    # An escape \S\' would swallow an apostrophe: that is a case of its own, below.
    if b"\\S\\'" in data:
        return
    found = scan(data)
    assert found.ids.tolist() == list(range(1, len(texts) + 1))
    assert found.counts.tolist() == [3] * len(texts)
    assert len(found.ref_targets) == 2 * len(texts)
    assert found.unbalanced is None
    assert found.ids[found.ref_targets].tolist() == [
        other for number in range(1, len(texts) + 1) for other in [number % len(texts) + 1] * 2
    ]


@given(
    nested=st.recursive(
        st.sampled_from(["$", "*", "#1", "1.5E-3", "-2", ".T.", "'a,(b'", '"0F"', "IFCLABEL('x')"]),
        lambda inner: st.lists(inner, max_size=4).map(lambda items: "(" + ",".join(items) + ")"),
        max_leaves=20,
    )
)
def test_any_nesting_of_values_is_one_argument(nested: str) -> None:
    found = scan(file_of([b"#1=IFCWALL(" + nested.encode("ascii") + b",$);"]))
    assert found.counts.tolist() == [2]
    assert found.unbalanced is None


@pytest.mark.parametrize(
    "statement",
    [
        b"#1=IFCWALL('a',,$);",
        b"#1=IFCWALL('a' $);",
        b"#1=IFCWALL('a',);",
        b"#1=IFCWALL('a',1.#INF);",
        b"#1=IFCWALL('a'",
        b"#1=('a');",
        b"#1 IFCWALL('a');",
        b"#=IFCWALL('a');",
        b"IFCWALL('a');",
        b"#1=IFCWALL('a',\x00);",
    ],
)
def test_what_the_grammar_forbids_is_no_statement(statement: bytes) -> None:
    with pytest.raises(UnreadableTextError):
        scan(file_of([b"#9=IFCWALL('x');", statement]))


@pytest.mark.parametrize(
    ("arguments", "is_sound"),
    [
        (b"(" * DEEPEST_NESTING + b")" * DEEPEST_NESTING, True),
        (b"(" * (DEEPEST_NESTING + 1) + b")" * (DEEPEST_NESTING + 1), False),
        (b"(('a')", False),
        (b"('a'))", False),
        (b"('a'),('b'))", False),
        (b"(($),(('a')),())", True),
    ],
)
def test_parentheses_close_and_do_not_nest_without_end(arguments: bytes, *, is_sound: bool) -> None:
    found = scan(
        file_of([b"#1=IFCWALL('x');", b"#2=IFCWALL" + arguments + b";", b"#3=IFCWALL('x');"])
    )
    assert found.unbalanced == (None if is_sound else 1)


def test_line_ends_of_every_kind_and_lower_case_and_long_lines_are_read() -> None:
    long = b"#3=ifcwall('" + b"x" * 200_000 + b"');"
    for end in (b"\n", b"\r\n", b"\r", b" "):
        data = FRAME[0] + end + end.join([b"#1=IfcWall ( 'a' ) ;", b"#2 =IFCWALL('b');", long])
        found = scan(data + end + FRAME[1] + b"\x1a\x00")
        assert found.ids.tolist() == [1, 2, 3]
        assert found.keywords == ("IFCWALL",)
        assert found.trailing == 0


def test_several_data_sections_are_read_as_one() -> None:
    second = b"#1=IFCWALL('a');ENDSEC;DATA('part',('IFC4'));#2=IFCWALL(#1,'b');"
    found = scan(file_of([second]))
    assert found.ids.tolist() == [1, 2]
    assert found.counts.tolist() == [1, 2]
    assert found.ref_targets.tolist() == [0]


def test_repeated_numbers_and_loose_references_are_told() -> None:
    found = scan(file_of([b"#1=A(#2);", b"#2=B(#7);", b"#1=C(#99999999999999999);"]))
    assert found.repeated.tolist() == [1]
    assert found.ids[found.ref_targets[:1]].tolist() == [2]
    assert found.ref_targets[1:].tolist() == [-1, -1]


def test_numbers_far_apart_are_found_as_well() -> None:
    far = 10**15
    found = scan(file_of([b"#%d=A(#5,#%d,#6);" % (far, far), b"#5=B();"]))
    assert found.ref_targets.tolist() == [1, 0, -1]


def test_a_bare_apostrophe_behind_an_upper_half_escape_does_not_end_the_string() -> None:
    data = without_comments(
        file_of([rb"#1=IFCWALL('\S\g\S\'\X\91',$);", rb"#2=IFCWALL('\S\'',$);"])
    )
    found = scan(data)
    assert found.counts.tolist() == [2, 2]
    assert data.count(rb"\X\A7") == 2


@given(text=st.text(alphabet="a\r\n", max_size=30), cut=st.integers(0, 30))
def test_lines_are_counted_as_text_editors_do(text: str, cut: int) -> None:
    before = text[: min(cut, len(text))]
    whole = before.replace("\r\n", "\n").replace("\r", "\n")
    assert line_at(text.encode("ascii"), len(before)) == 1 + whole.count("\n")


def test_a_comment_that_never_closes_takes_no_time() -> None:
    data = FRAME[0] + b"/* x */" + b"/*" * 500_000
    with pytest.raises(UnreadableTextError) as caught:
        scan(without_comments(data))
    assert caught.value.offset >= len(FRAME[0])


def test_spans_hold_the_arguments() -> None:
    data = file_of([b"#1 = IFCWALL ('a', #1 , (1.,2.) ) ;"])
    found = scan(data)
    assert data[found.starts[0] : found.ends[0]].rstrip() == b"('a', #1 , (1.,2.) )"
    assert data[found.thirds[0] :].lstrip().startswith(b"(1.,2.)")
    assert np.array_equal(found.ref_lengths, [1])
