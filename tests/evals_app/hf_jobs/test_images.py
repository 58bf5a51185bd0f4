"""Requests as images with a command."""

from __future__ import annotations

from typing import Any

import pytest

from evals_app.hf_jobs import images
from evals_app.jobs import requests
from hub.core.errors import InvalidInput, NotOffered

REQUESTS = [
    {
        "kind": "evaluate",
        "model": "acme/t5",
        "benchmark": "llmos/b",
        "tasks": ["a", "b"],
        "limit": 5,
        "settings": {"batch_size": 8, "device": "auto", "text": "007"},
    },
    {
        "kind": "fine-tune",
        "recipe": "seq2seq",
        "init": {"layers": 2},
        "dataset": "a/d",
        "output": "a/m",
        "private": True,
        "settings": {"learning_rate": 5e-4},
        "priority": -2,
    },
    {"kind": "pull", "upstream": "https://hub.example", "source": "a/b", "output": "c/d", "private": False},
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_command_gives_the_request_back(request_: dict[str, Any]) -> None:
    asked = requests.parse({"owner": "acme", "queue": "cpu", **request_})
    words = images.command_of(requests.as_json(asked))
    read = images.request_from(f"llmos/{request_['kind']}", words, {}, owner="acme", queue="cpu")
    assert requests.parse(read) == asked


def test_options_come_in_both_forms_and_from_the_environment() -> None:
    words = ["--model", "acme/t5", "--benchmark=llmos/b", "--benchmark-revision", "v1"]
    environment = {"MODEL": "other/m", "LIMIT": "3", "PATH": "/bin", "tasks": "x"}
    read = images.request_from("llmos/evaluate:latest", words, environment, owner="acme", queue="gpu")
    assert read == {
        "kind": "evaluate",
        "owner": "acme",
        "queue": "gpu",
        "model": "acme/t5",
        "benchmark": "llmos/b",
        "benchmark_revision": "v1",
        "limit": 3,
    }


@pytest.mark.parametrize("words", [["evaluate"], ["--model"], ["-m", "x"], ["--"]])
def test_words_that_are_no_options_are_refused(words: list[str]) -> None:
    with pytest.raises(InvalidInput):
        images.request_from("llmos/evaluate", words, {}, owner="a", queue="cpu")


def test_other_images_are_refused_with_the_remedy() -> None:
    with pytest.raises(NotOffered, match="llmos/evaluate"):
        images.request_from("python:3.12", ["python"], {}, owner="a", queue="cpu")
