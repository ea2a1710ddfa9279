"""Laws of received and derived quotas."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.words import Level, QuotaBasis
from services.quota.hierarchy.places import TreeNode
from services.quota.quotas.rules import ALL_COHORTS, LineInForce, SourceDocument, quotas

SIZE = 7
DOCUMENT = SourceDocument(date(2024, 4, 4), "1/KH", "plan")


@st.composite
def trees(draw: st.DrawFn) -> list[TreeNode]:
    nodes = [TreeNode(0, "0", Level.BODY, "0", None, ("0",), 0)]
    for number in range(1, SIZE):
        parent = nodes[draw(st.integers(0, number - 1))]
        path = (*parent.path, str(number))
        nodes.append(TreeNode(number, str(number), Level.BODY, str(number), parent.id, path, parent.depth + 1))
    return sorted(nodes, key=lambda node: node.depth)


LINES = st.lists(
    st.builds(
        LineInForce,
        unit_id=st.integers(0, SIZE + 1),
        indicator_no=st.integers(1, 2),
        cohort_no=st.integers(0, 2),
        amount=st.integers(0, 2**53 - 1),
        baseline=st.integers(0, 100),
        document=st.just(DOCUMENT),
    ),
    max_size=12,
)
KEYS = [(indicator_no, cohort_no) for indicator_no in (1, 2) for cohort_no in (0, 1, 2)]


@given(trees(), LINES)
def test_a_quota_is_the_sum_of_the_units_lines_or_else_of_its_childrens_quotas(
    tree: list[TreeNode], lines: list[LineInForce]
):
    found = quotas(tree, lines)
    for node in tree:
        for key in KEYS:
            own = [
                line.amount
                for line in lines
                if line.unit_id == node.id and line.indicator_no == key[0] and key[1] in (ALL_COHORTS, line.cohort_no)
            ]
            below = [
                found[child.id][key].amount for child in tree if child.parent_id == node.id and key in found[child.id]
            ]
            quota = found[node.id].get(key)
            if own:
                assert quota is not None
                assert (quota.amount, quota.basis) == (sum(own), QuotaBasis.RECEIVED)
            elif below:
                assert quota is not None
                assert (quota.amount, quota.basis) == (sum(below), QuotaBasis.DERIVED)
            else:
                assert quota is None


@given(trees(), LINES)
def test_the_order_of_lines_does_not_matter(tree: list[TreeNode], lines: list[LineInForce]):
    assert quotas(tree, lines) == quotas(tree, list(reversed(lines)))
