from services.reporting.visibility.sight import Sight, sight_in_campaign

UPWARD = {"70": {"70", "84"}, "688": {"688", "70", "84"}, "75": {"75", "84"}, "84": {"84"}}


def sight(*units: str, published_to: tuple[str, ...] = (), in_tree: dict[int, list[int]] | None = None) -> Sight:
    return sight_in_campaign(
        units=units,
        published_to=published_to,
        upward={code: UPWARD[code] for code in (*units, *published_to) if code in UPWARD},
        above_top={"70", "84"},
        in_tree=in_tree or {},
    )


def test_whoever_holds_the_top_unit_or_one_above_it_sees_everything() -> None:
    assert sight("*").everything
    assert sight("70").everything
    assert sight("84").everything
    assert not sight("75").everything


def test_a_subtree_is_seen_and_what_lies_above_it_is_known() -> None:
    found = sight("688", in_tree={3: [1, 2, 3]})
    assert found.sees([1, 2, 3])
    assert found.sees([1, 2, 3, 4])
    assert not found.sees([1, 2])
    assert found.knows(2, [1, 2])
    assert not found.knows(5, [1, 5])
    assert not found.is_blind


def test_of_two_subtrees_one_inside_the_other_the_larger_is_seen_whole() -> None:
    found = sight("688", "x", in_tree={2: [1, 2], 3: [1, 2, 3]})
    assert found.sees([1, 2])
    assert found.knows(1, [1])
    assert not found.sees([1])


def test_nothing_is_seen_without_a_unit() -> None:
    assert sight().is_blind
    assert sight("75").is_blind


def test_a_publication_opens_the_campaign_to_tokens_that_it_meets() -> None:
    assert sight(published_to=("*",)).everything
    assert sight("75", published_to=("75",)).everything
    assert sight("84", published_to=("75",)).everything
    assert sight("688", published_to=("84",)).everything
    assert sight("75", published_to=("688",)).is_blind
    assert sight(published_to=("75",)).is_blind
    assert sight("nowhere", published_to=("nowhere",)).is_blind


def test_all_siblings_are_seen_through_their_parent_or_one_by_one() -> None:
    assert Sight(roots=frozenset({1})).sees_all([2, 3], under=[1])
    assert Sight(roots=frozenset({2, 3})).sees_all([2, 3], under=[1])
    assert not Sight(roots=frozenset({2})).sees_all([2, 3], under=[1])
