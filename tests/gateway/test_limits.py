import time

import pytest
from graphql import parse

from gateway.limits import (
    PageSizeOutOfRange,
    QueryTooDeep,
    TooManyAliases,
    TooManyDirectives,
    TooManyFields,
    check_document,
    page_size,
)


def check(
    source: str, *, max_depth: int = 10, max_fields: int = 100, max_aliases: int = 5, max_directives: int = 2
) -> None:
    check_document(
        parse(source),
        max_depth=max_depth,
        max_fields=max_fields,
        max_aliases=max_aliases,
        max_directives=max_directives,
    )


def test_a_query_at_every_limit_passes() -> None:
    check("{ a { b { c } } x: d y: e }", max_depth=3, max_fields=5, max_aliases=2)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("{ a { b { c { d } } } }", QueryTooDeep),
        ("{ a { ... { b { ... on T { c { d } } } } } }", QueryTooDeep),
        ("{ a { ...F } } fragment F on T { b { c { d } } }", QueryTooDeep),
        ("{ a b c d e f }", TooManyFields),
        ("{ ...F ...F } fragment F on T { a b c }", TooManyFields),
        ("{ x: a y: a z: a }", TooManyAliases),
        ("{ ...F b { ...F } } fragment F on T { x: a y: a }", TooManyAliases),
        ("query A { a } query B { a b c d e f }", TooManyFields),
        ("query Q @x { a @x b @x }", TooManyDirectives),
        ("{ ...F @x ...F } fragment F on T { a @x }", TooManyDirectives),
        ("{ ... @x { a @x @y } }", TooManyDirectives),
    ],
)
def test_what_exceeds_a_limit_is_refused(source: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check(source, max_depth=3, max_fields=5, max_aliases=2)


def test_fragments_that_double_each_other_are_measured_in_linear_time() -> None:
    chain = "".join(f"fragment F{n} on T {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(50))
    document = parse("{ ...F0 } " + chain + "fragment F50 on T { c }")
    started = time.perf_counter()
    with pytest.raises(TooManyFields):
        check_document(document, max_depth=1000, max_fields=1_000_000, max_aliases=0, max_directives=0)
    assert time.perf_counter() - started < 1


def test_a_fragment_inside_itself_ends() -> None:
    check("{ ...F } fragment F on T { a ...G } fragment G on T { b ...F }")


def test_a_chain_of_a_thousand_fragments_is_refused_and_does_not_crash() -> None:
    chain = "".join(f"fragment F{n} on T {{ ...F{n + 1} }}" for n in range(1500))
    with pytest.raises(QueryTooDeep):
        check("{ ...F0 } " + chain + "fragment F1500 on T { c }")


def test_a_page_holds_0_to_1000_items() -> None:
    assert page_size(None, default=20) == 20
    assert page_size(0, default=20) == 0
    assert page_size(1000, default=20) == 1000
    for first in (-1, 1001):
        with pytest.raises(PageSizeOutOfRange):
            page_size(first, default=20)
