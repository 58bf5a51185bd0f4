"""A repository of another hub comes here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from tests.engines import Ended
from tests.evals_app.engines.conftest import Bench
from tests.live import LiveHub

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def other_hub() -> Iterator[HfApi]:
    hub = LiveHub()
    try:
        hub.start()
        hub.manage("create_user", "far", "--email", "far@example.org")
        token = hub.manage("create_token", "far", "--name", "t", "--scope", "write").strip().splitlines()[-1]
        yield HfApi(endpoint=hub.url, token=token)
    finally:
        hub.close()


@pytest.fixture(scope="module")
def source(other_hub: HfApi) -> str:
    """The commit of a small repository over there, with a large file."""
    other_hub.create_repo("far/model")
    files = {"config.json": b"{}", "weights/a.safetensors": b"\x02\0\0\0\0\0\0\0{}" + b"x" * 2_000_000}
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    return str(other_hub.create_commit("far/model", operations, commit_message="Files").oid)


def order(bench: Bench, other_hub: HfApi, **changes: str) -> Callable[[], Ended]:
    spec = {
        "upstream": other_hub.endpoint,
        "source": "far/model",
        "source_type": "model",
        "source_revision": "main",
    }
    return bench.run("pull", **{**spec, "output": "engineer/pulled", **changes}).run


def test_it_brings_all_files_and_says_where_they_came_from(
    bench: Bench, other_hub: HfApi, source: str
) -> None:
    ended = order(bench, other_hub)()
    assert ended.result, ended.log
    assert ended.result["source_commit"] == source
    here = bench.api.list_repo_files("engineer/pulled", revision=ended.result["commit"])
    assert {"config.json", "weights/a.safetensors"} <= set(here)
    assert not any(name.startswith(".cache") for name in here)
    newest = bench.api.list_repo_commits("engineer/pulled")[0]
    assert newest.title == f"Pull far/model@{source} from {other_hub.endpoint}"
    assert any(event.get("total", 0) == ended.result["bytes"] for event in ended.events)


def test_it_says_that_the_source_is_not_there(bench: Bench, other_hub: HfApi, source: str) -> None:
    ended = order(bench, other_hub, source="far/nothing")()
    assert (ended.code, ended.result) == (1, None)
    assert ended.error["code"] == "bad-input"
    assert "far/nothing" in ended.error["message"]
