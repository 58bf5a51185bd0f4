"""Models behind another address, asked by the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.evals_app.engines.conftest import Bench, Published
from tests.evals_app.engines.test_evaluate import CHOICE, TRANSLATION, values
from tests.model_server import ModelServer, serving

pytestmark = [pytest.mark.engines, pytest.mark.slow]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(key="") as found:
        yield found


def order(bench: Bench, server: ModelServer, task: dict[str, Any], **endpoint: Any) -> Any:
    told = {"id": "acme/judge", "base_url": server.base_url, "model": "m", "context": 512, "tokenizer": None}
    model = {"id": "acme/judge", "commit": ""}
    return bench.evaluate(model, task, limit=3, endpoint={**told, **endpoint})


def test_a_chat_server_is_asked_in_turns(bench: Bench, server: ModelServer) -> None:
    ended = order(bench, server, TRANSLATION, api="chat").run()
    assert len(values(ended)) == 2
    [(path, asked), *_] = server.calls
    assert path == "/v1/chat/completions"
    assert asked["messages"][0]["content"].startswith("Translate: ")
    assert ended.result
    assert ended.result["model"]["external"] is True


def test_likelihoods_come_from_echoed_tokens(bench: Bench, causal: Published, server: ModelServer) -> None:
    ended = order(bench, server, CHOICE, api="completions", tokenizer=causal.reference).run()
    assert {value["metric"] for value in values(ended)} == {"acc", "acc_norm"}
    assert all(asked["echo"] for _path, asked in server.calls)


def test_it_refuses_likelihoods_of_a_chat_server(bench: Bench, server: ModelServer) -> None:
    ended = order(bench, server, CHOICE, api="chat").run()
    assert ended.error
    assert "which acme/judge does not tell" in ended.error["message"]
    assert server.calls == []


def test_it_names_a_server_that_does_not_answer(bench: Bench, server: ModelServer) -> None:
    ended = order(bench, server, TRANSLATION, api="chat", base_url=f"{server.base_url}/nowhere").run()
    assert ended.error
    assert ended.error["code"] == "upstream"
