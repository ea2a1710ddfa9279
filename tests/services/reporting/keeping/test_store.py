"""What is kept stays within its bound; what was not asked for the longest gives way."""

from services.reporting.keeping.store import Store


def test_the_values_asked_for_last_are_kept_within_the_bound() -> None:
    store: Store[str, str] = Store(most=6)
    store.put("a", "one", weight=3)
    store.put("b", "two", weight=3)
    assert store.get("a") == "one"
    store.put("c", "three", weight=3)
    assert store.get("b") is None
    assert (store.get("a"), store.get("c")) == ("one", "three")
    assert store.weight == 6


def test_what_is_put_again_takes_the_place_of_what_was_there() -> None:
    store: Store[str, str] = Store(most=6)
    store.put("a", "one", weight=5)
    store.put("a", "two", weight=2)
    assert (store.get("a"), store.weight) == ("two", 2)
    store.drop("a")
    assert (store.get("a"), store.weight) == (None, 0)


def test_what_is_heavier_than_the_bound_is_not_kept() -> None:
    store: Store[str, str] = Store(most=6)
    store.put("a", "one", weight=7)
    assert (store.get("a"), store.weight) == (None, 0)


def test_what_is_not_kept_displaces_nothing() -> None:
    store: Store[str, int] = Store(most=10)
    store.put("a", 1, weight=4)
    store.put("b", 2, weight=11)
    assert (store.get("a"), store.get("b"), store.weight) == (1, None, 4)
