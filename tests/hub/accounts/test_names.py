from __future__ import annotations

import pytest

from hub.accounts import names
from hub.core.errors import InvalidInput


@pytest.mark.parametrize("name", ["ab", "Alice", "a_b", "team-42", "v0.1", "_x", "a" * 42])
def test_it_accepts_what_clients_accept(name):
    names.check_namespace_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "a", "a" * 43, "-ab", "ab-", ".ab", "ab.", "a--b", "a..b", "ab.git", "ab.ipynb", "ab.GIT", "a b",
        "a/b", "ééé", "数据", "ab\n", "a%20b", "models", "API", "Settings", "favicon.ico", "null", "me",
    ],
)  # fmt: skip
def test_it_refuses_what_would_break_clients_or_routes(name):
    with pytest.raises(InvalidInput):
        names.check_namespace_name(name)
