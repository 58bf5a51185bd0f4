"""From which hubs may be pulled."""

from __future__ import annotations

import pytest
from django.conf import settings

from hub.core.errors import InvalidInput
from models_app.mirrors import policies


@pytest.fixture(autouse=True)
def upstreams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "UPSTREAM_HUBS", ["https://huggingface.co", "http://10.0.0.5:8000"])


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://huggingface.co/", "https://huggingface.co"),
        ("https://HuggingFace.co:443", "https://huggingface.co"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
    ],
)
def test_it_accepts_listed_origins(url: str, origin: str) -> None:
    assert policies.check_upstream(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "http://huggingface.co",
        "https://huggingface.co:8443",
        "https://huggingface.co.evil.org",
        "https://huggingface.co@evil.org",
        "https://user:pass@huggingface.co",
        "https://huggingface.co/other",
        "http://10.0.0.5",
        "http://169.254.169.254",
        "file:///etc/passwd",
        "https://[broken",
        "https://huggingface.co:99999",
        "",
    ],
)
def test_it_refuses_everything_else_and_names_what_is_allowed(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"Allowed: https://huggingface\.co, http"):
        policies.check_upstream(url)
