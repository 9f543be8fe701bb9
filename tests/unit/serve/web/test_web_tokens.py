import pytest

from evtui.serve.web.start_web import page_link
from evtui.serve.web.web_tokens import TokenRoles, WebTokens


def _roles(tokens: WebTokens) -> TokenRoles:
    return TokenRoles(tokens, lambda: 0.0)


@pytest.mark.parametrize(
    ("token", "role"), [("v", "viewer"), ("o", "operator"), ("", None), ("V", None), ("v ", "viewer")]
)
def test_a_token_gives_its_role(token: str, role: str | None) -> None:
    assert _roles(WebTokens("v", "o")).role_of(token) == role


def test_one_token_for_both_roles_makes_operators() -> None:
    assert _roles(WebTokens("same", "same")).role_of("same") == "operator"


def test_without_tokens_one_for_viewers_is_made_that_is_new_each_time() -> None:
    first, second = WebTokens.settle(None, None), WebTokens.settle(None, None)
    assert first.viewer is not None
    assert len(first.viewer) == 22
    assert first != second
    assert first.operator is None


def test_a_configured_token_is_kept_and_no_other_one_made() -> None:
    assert WebTokens.settle(None, "o") == WebTokens(None, "o")
    assert _roles(WebTokens.settle(None, "o")).role_of("v") is None


def test_the_link_has_the_token_where_no_browser_sends_it() -> None:
    assert page_link("http://127.0.0.1:8023/", WebTokens("a b&c")) == "http://127.0.0.1:8023/#token=a%20b%26c"


def test_wrong_tokens_of_an_address_are_answered_late() -> None:
    roles = _roles(WebTokens("v"))
    assert [roles.pause("192.0.2.1") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert roles.pause("192.0.2.2") == 0.0
