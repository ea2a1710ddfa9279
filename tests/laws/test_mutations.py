import pytest

from tests.laws.mutations import CHECKOUT, MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"rule {one.rule}: {one.what}")
def test_what_a_mutation_changes_stands_in_the_source_once(mutation: Mutation) -> None:
    """`make mutations` runs them; here only that they still say something."""
    assert (CHECKOUT / mutation.path).read_text(encoding="utf-8").count(mutation.old) == 1
    assert mutation.old != mutation.new
