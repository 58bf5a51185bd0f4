"""Signed texts."""

from __future__ import annotations

import time
from unittest import mock

import pytest

from hub.core.signing import SignatureExpired, SignatureRefused, sign, unsign


def test_a_payload_comes_back_until_it_expires() -> None:
    text = sign({"a": 1}, purpose="x", lifetime=60)
    assert unsign(text, purpose="x")["a"] == 1
    with mock.patch("time.time", return_value=time.time() + 61), pytest.raises(SignatureExpired):
        unsign(text, purpose="x")


@pytest.mark.parametrize("change", ["", ".", "x", "eyJhIjoyfQ.x", "é.é"])
def test_other_texts_are_refused(change: str) -> None:
    with pytest.raises(SignatureRefused):
        unsign(change, purpose="x")


def test_a_text_serves_one_purpose() -> None:
    with pytest.raises(SignatureRefused):
        unsign(sign({}, purpose="x", lifetime=60), purpose="y")
