from __future__ import annotations

import json

import pytest

from tests.factories.repositories import make_repository


def shard(name: str) -> bytes:
    head = json.dumps({name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    return len(head).to_bytes(8, "little") + head + bytes(8)


def index(*names: str) -> str:
    return json.dumps({"metadata": {"total_size": 16}, "weight_map": {f"w{n}": n for n in names}})


def test_it_answers_what_clients_ask_in_passing(caller, db) -> None:
    assert caller().get("/api/agent-harnesses").json() == {}
    assert caller().send("HEAD", "/api/telemetry/some/topic").status_code == 200


def test_it_reads_the_headers_of_all_shards(caller, alice) -> None:
    # Names without a large-file pattern, so that the factory may commit them directly.
    files = {"i.json": index("a.st", "b.st"), "a.st": shard("x"), "b.st": shard("y")}
    make_repository(alice, "m", files=files)
    answer = caller().get("/api/models/alice/m/safetensors-metadata/i.json").json()
    assert answer["index"] == {"metadata": {"total_size": 16}}
    assert answer["headers"]["a.st"]["x"]["shape"] == [2]
    assert set(answer["headers"]) == {"a.st", "b.st"}


@pytest.mark.parametrize(
    ("path", "status"), [("none.json", 404), ("bad.json", 400), ("missing.json", 404), ("text.json", 400)]
)
def test_it_refuses_indexes_that_lead_nowhere(caller, alice, path, status) -> None:
    files = {
        "bad.json": "[",
        "missing.json": index("none.st"),
        "text.json": index("text.st"),
        "text.st": "plain text",
    }
    make_repository(alice, "m", files=files)
    assert caller().get(f"/api/models/alice/m/safetensors-metadata/{path}").status_code == status
