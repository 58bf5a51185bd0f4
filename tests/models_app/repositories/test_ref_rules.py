from __future__ import annotations

import pytest

from models_app.repositories.ref_rules import is_protected, is_ref_name


@pytest.mark.parametrize(
    ("patterns", "branch"),
    [
        (["main"], "main"),
        (["release/*"], "release/1/2"),
        (["*"], "any/thing"),
        (["x", "*-stable"], "v1-stable"),
    ],
)
def test_a_star_stands_for_any_text(patterns, branch):
    assert is_protected(branch, patterns)


@pytest.mark.parametrize(
    ("patterns", "branch"), [([], "main"), (["main"], "Main"), (["release/*"], "release"), (["ma"], "main")]
)
def test_other_branches_are_free(patterns, branch):
    assert not is_protected(branch, patterns)


@pytest.mark.parametrize("name", ["", "a b", "a..b", "é" * 101, "0" * 40, "x\udc80"])
def test_not_everything_is_a_name(name):
    assert not is_ref_name(name)
