from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.hierarchies.rules import NOBODY, NOWHERE, Cover, Images, Member, Step, cover_of, images_of


def half(*units: int) -> dict[int, Fraction | None]:
    return {one: Fraction(1, len(units)) for one in units}


def become(unit: int, steps: dict[int, list[Step]], *, valid: set[int]) -> Images:
    return images_of(unit, 0, steps=steps, is_valid=valid.__contains__)


def leaf(unit: int) -> Member:
    return Member(unit, [], divides=False)


def test_who_is_still_valid_is_itself_and_who_is_not_says_nothing() -> None:
    assert become(1, {}, valid={1}) == Images(frozenset({1}), {1: Fraction(1)})
    assert become(1, {}, valid=set()) == NOBODY
    assert become(1, {1: [Step(5, {})]}, valid=set()) == NOBODY


def test_a_chain_is_followed_to_its_end_and_no_further_back() -> None:
    steps = {1: [Step(-3, {9: Fraction(1)}), Step(5, {2: Fraction(1)})], 2: [Step(4, {8: None}), Step(7, {3: None})]}
    assert become(1, steps, valid={3, 8, 9}) == Images(frozenset({3}), {3: Fraction(1)})


def test_stated_shares_multiply_and_unstated_ones_stay_unknown() -> None:
    steps = {1: [Step(1, half(2, 3))], 3: [Step(2, half(4, 5))]}
    assert become(1, steps, valid={2, 4, 5}).shares == {2: Fraction(1, 2), 4: Fraction(1, 4), 5: Fraction(1, 4)}
    steps[3] = [Step(2, {4: None, 5: None})]
    assert become(1, steps, valid={2, 4, 5}) == Images(frozenset({2, 4, 5}), None)


def test_parts_that_meet_again_are_a_whole() -> None:
    steps = {1: [Step(1, {2: None, 3: None})], 2: [Step(2, {4: Fraction(1)})], 3: [Step(2, {4: Fraction(1)})]}
    assert become(1, steps, valid={4}) == Images(frozenset({4}), {4: Fraction(1)})


def test_a_part_that_nobody_took_over_is_told_of() -> None:
    steps = {1: [Step(1, half(2, 3))], 3: [Step(2, {})]}
    found = become(1, steps, valid={2})
    assert found.shares == {2: Fraction(1, 2), NOWHERE: Fraction(1, 2)}


# Of the other day: province 100 › communes 101, 102; province 200 › commune 201.
ABOVE = {100: (100,), 101: (100, 101), 102: (100, 102), 200: (200,), 201: (200, 201), NOWHERE: ()}
EVERYBODY = set(ABOVE) - {NOWHERE}


def whole(unit: int) -> Images:
    return Images(frozenset({unit}), {unit: Fraction(1)})


def cover(tree: Member, images: dict[int, Images]) -> Cover:
    return cover_of(tree, images, ABOVE, wanted=EVERYBODY)


def test_the_uppermost_units_that_lie_inside_make_up_a_unit() -> None:
    tree = Member(1, [Member(2, [leaf(3), leaf(4)], divides=True), leaf(5)], divides=True)
    found = cover(tree, {1: whole(100), 2: NOBODY, 3: whole(101), 4: whole(101), 5: whole(102)})
    assert found.whole == {100: [1], 101: [3, 4], 102: [5]}
    assert not found.unattributed
    assert not found.lost


def test_a_divided_unit_counts_where_all_of_it_lies_and_is_listed_below() -> None:
    tree = Member(1, [leaf(2), leaf(3)], divides=True)
    found = cover(tree, {1: whole(100), 2: Images(frozenset({101, 102}), None), 3: whole(102)})
    assert found.whole == {100: [1], 102: [3]}
    assert found.unattributed == {101: [2], 102: [2]}


def test_a_divided_province_is_divided_along_its_communes() -> None:
    tree = Member(1, [leaf(2), leaf(3), leaf(4)], divides=True)
    images = {
        1: Images(frozenset({100, 200}), None),
        2: whole(101),
        3: whole(201),
        4: Images(frozenset({102, 201}), {102: Fraction(1, 4), 201: Fraction(3, 4)}),
    }
    found = cover(tree, images)
    assert found.whole == {100: [2], 101: [2], 200: [3], 201: [3]}
    assert found.parts == {100: [(4, 102)], 102: [(4, 102)], 200: [(4, 201)], 201: [(4, 201)]}


def test_below_the_reconciliation_level_a_divided_unit_is_not_looked_into() -> None:
    tree = Member(1, [Member(2, [leaf(3), leaf(4)], divides=False)], divides=True)
    images = {1: whole(100), 2: Images(frozenset({101, 102}), None), 3: whole(101), 4: whole(101)}
    assert cover(tree, images).whole == {100: [1]}


def test_who_was_abolished_without_a_successor_is_lost() -> None:
    tree = Member(1, [leaf(2), leaf(3)], divides=True)
    assert cover(tree, {1: whole(100), 2: NOBODY, 3: whole(101)}).lost == [(2, frozenset({100}))]


@settings(deadline=None)
@given(st.lists(st.sets(st.sampled_from([101, 102, 201]), max_size=3), min_size=1, max_size=6), st.booleans())
def test_each_unit_counts_once_at_most_under_any_unit_of_the_other_day(
    places: list[set[int]], are_stated: bool
) -> None:
    tree = Member(1, [leaf(10 + place) for place in range(len(places))], divides=True)
    images = {1: NOBODY} | {
        10 + place: Images(frozenset(found), dict.fromkeys(found, Fraction(1, len(found))))
        if len(found) == 1 or (found and are_stated)
        else Images(frozenset(found), None)
        for place, found in enumerate(places)
    }
    found = cover(tree, images)
    for unit, below in ((100, (101, 102)), (200, (201,))):
        own = [*found.whole[unit], *(one for one, _ in found.parts[unit]), *found.unattributed[unit]]
        deeper = {
            one
            for other in below
            for one in (*found.whole[other], *(it for it, _ in found.parts[other]), *found.unattributed[other])
        }
        assert set(own) == deeper
        assert len(found.whole[unit]) == len(set(found.whole[unit]))
        assert not set(found.whole[unit]) & {one for one, _ in found.parts[unit]}
        parts = found.parts[unit]
        assert len(parts) == len(set(parts))
    assert sorted(one for one, _ in found.lost) == [10 + place for place, one in enumerate(places) if not one]
