import pytest
from graphql import GraphQLError

from gateway.clients.reporting import Refused
from gateway.execution.errors import field_error, refusal_of_all, request_error
from services.chassis.consistency_tokens import NotYetConsistent
from services.chassis.problems import DependencyUnavailable


def test_a_bug_is_an_internal_error_and_its_text_stays_inside() -> None:
    shown = field_error(GraphQLError("secret", path=["campaign"], original_error=RuntimeError("secret")))
    assert shown["extensions"] == {"code": "internal_error"}
    assert "secret" not in str(shown)
    assert shown["path"] == ["campaign"]


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Refused(code="unit_not_found", detail="There is no such unit."), "unit_not_found"),
        (DependencyUnavailable(dependency="The reporting service"), "dependency_unavailable"),
        (GraphQLError("inner", original_error=Refused(code="x", detail="y")), "x"),
    ],
)
def test_a_refusal_keeps_its_code(cause: Exception, code: str) -> None:
    assert field_error(GraphQLError("…", path=["a"], original_error=cause))["extensions"]["code"] == code


def test_an_error_of_graphql_itself_has_a_code_too() -> None:
    assert request_error(GraphQLError("Syntax Error"), "syntax_error")["extensions"]["code"] == "syntax_error"
    assert field_error(GraphQLError("Variable …"))["extensions"]["code"] == "variables_invalid"


def test_a_message_is_bounded() -> None:
    assert len(request_error(GraphQLError("x" * 10_000), "syntax_error")["message"]) == 500


def test_only_some_refusals_concern_the_whole_request() -> None:
    missing = GraphQLError("…", original_error=DependencyUnavailable(dependency="x"))
    waiting = NotYetConsistent(seconds=5)
    assert refusal_of_all([missing]) is None
    assert refusal_of_all([missing, GraphQLError("…", original_error=waiting)]) is waiting
