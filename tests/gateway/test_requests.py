import pytest

from gateway.requests import GRAPHQL_RESPONSE, HTML, JSON, NotAcceptable, answer_form

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json;q=0.5", JSON),
        ("application/json;q=0.2, application/graphql-response+json;q=0.5, */*;q=0.1", GRAPHQL_RESPONSE),
        (BROWSER, HTML),
        ("application/json;q=0.9, text/html;q=0.8", JSON),
    ],
)
def test_the_answer_takes_the_form_that_the_caller_prefers(accept: str | None, form: str) -> None:
    assert answer_form(accept, html=True) == form


def test_a_page_is_no_answer_to_a_post() -> None:
    assert answer_form(BROWSER, html=False) == JSON
    with pytest.raises(NotAcceptable):
        answer_form("text/html", html=False)


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html;q=x"])
def test_a_form_that_does_not_exist_is_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        answer_form(accept, html=True)
