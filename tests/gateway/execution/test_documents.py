from gateway.execution.documents import LONGEST_KEPT, Documents
from gateway.graph.schema import core_schema
from gateway.settings import GatewaySettings


def documents(kept: int = 500) -> Documents:
    return Documents(core_schema(), GatewaySettings(graph_documents_kept=kept))


def test_a_document_is_checked_once() -> None:
    kept = documents()
    assert kept.checked("{ __typename }") is kept.checked("{ __typename }")


def test_only_so_many_documents_are_kept_and_the_least_used_goes_first() -> None:
    kept = documents(2)
    first, second = kept.checked("{ a: __typename }"), kept.checked("{ b: __typename }")
    assert kept.checked("{ a: __typename }") is first
    kept.checked("{ c: __typename }")
    assert kept.checked("{ a: __typename }") is first
    assert kept.checked("{ b: __typename }") is not second


def test_a_long_document_is_not_kept() -> None:
    kept = documents()
    source = "{ __typename }" + " " * LONGEST_KEPT
    assert kept.checked(source) is not kept.checked(source)


def test_what_is_wrong_is_kept_as_well() -> None:
    kept = documents()
    assert kept.checked("{ none }") is kept.checked("{ none }")
    assert kept.checked("{ none }").node is None


def test_two_hundred_errors_are_not_answered() -> None:
    errors = documents().checked("{ " + " ".join(f"wrong{n}" for n in range(200)) + " }").errors
    assert len(errors) <= 21
