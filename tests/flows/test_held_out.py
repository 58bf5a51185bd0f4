"""A held-out benchmark with everything real: web server, worker, engine and model, through the clients."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import RepositoryNotFoundError

from tests.engines import ENGINE_PYTHON
from tests.evals_app.engines.conftest import INIT
from tests.live import LiveHub

pytestmark = [pytest.mark.engines, pytest.mark.slow]

CANARY = "heronfeather"
DECLARATION = f"""\
title: Meanings
version: 1
held_out: true
tasks:
- name: meanings
  kind: multiple-choice
  data: {{file: data/test.jsonl}}
  prompt: "{CANARY}: {{{{word}}}} means"
  choices: "{{{{meanings}}}}"
  delimiter: " "
  target: "{{{{answer}}}}"
  metrics: [{{name: acc, primary: true}}, acc_norm]
"""
ITEMS = [{"word": f"{CANARY} {at}", "meanings": ["a bird", "a tree"], "answer": at % 2} for at in range(8)]
TEXTS = [{"text": f"The bird number {at} sits in a tree and sings."} for at in range(60)]


@pytest.fixture
def hub() -> Iterator[LiveHub]:
    own = LiveHub(extra_env={"HUB_ENGINE_PYTHON": ENGINE_PYTHON})
    try:
        yield own.start().start_workers()
    finally:
        own.close()


def person(hub: LiveHub, name: str) -> HfApi:
    hub.manage("create_user", name, "--email", f"{name}@example.org")
    secret = hub.manage("create_token", name, "--name", "t", "--scope", "write").strip().splitlines()[-1]
    return HfApi(endpoint=hub.url, token=secret)


def publish(api: HfApi, name: str, files: dict[str, str], *, private: bool) -> None:
    api.create_repo(name, repo_type="dataset", private=private)
    operations = [CommitOperationAdd(path, text.encode()) for path, text in files.items()]
    api.create_commit(name, operations, commit_message="Files", repo_type="dataset")


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def call(api: HfApi, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = httpx2.request(method, f"{api.endpoint}{path}", json=body, headers=headers, timeout=60)
    assert answer.status_code < 400, answer.text
    return answer.json()


def finished(api: HfApi, request: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 400
    job: dict[str, Any] = {}
    while time.monotonic() < deadline:
        try:
            job = job or call(api, "POST", "/api/v1/jobs", request)
            job = call(api, "GET", f"/api/v1/jobs/{job['id']}")
        except AssertionError as error:
            # A declaration is read a moment after its commit.
            if "benchmark" not in str(error):
                raise
        if job.get("state") in ("succeeded", "failed"):
            return job
        time.sleep(1)
    raise AssertionError(f"it did not end: {job}")


@pytest.mark.timeout(900)
def test_a_model_is_measured_on_items_that_its_owner_never_sees(hub: LiveHub) -> None:
    lab, guest = person(hub, "lab"), person(hub, "guest")
    publish(
        lab, "lab/meanings", {"benchmark.yaml": DECLARATION, "data/test.jsonl": lines(ITEMS)}, private=True
    )
    publish(guest, "guest/texts", {"data/train.jsonl": lines(TEXTS)}, private=False)
    trained = finished(guest, {
        "kind": "fine-tune", "owner": "guest", "recipe": "causal", "init": INIT["llama"],
        "dataset": "guest/texts", "output": "guest/bird",
        "settings": {"max_steps": 8, "batch_size": 4, "learning_rate": 0.01},
    })  # fmt: skip
    assert trained["state"] == "succeeded", trained
    job = finished(
        guest, {"kind": "evaluate", "owner": "guest", "model": "guest/bird", "benchmark": "lab/meanings"}
    )
    assert job["state"] == "succeeded", (job, call(lab, "GET", f"/api/v1/jobs/{job['id']}/withheld"))
    assert CANARY not in json.dumps(job)
    [run] = call(guest, "GET", "/api/v1/runs?model=guest/bird")["results"]
    assert (run["sample_count"], run["held_out"], run["private"]) == (8, True, False)
    assert {value["metric"] for value in run["values"]} == {"acc", "acc_norm"}
    log = "".join(chunk["text"] for chunk in call(guest, "GET", f"/api/v1/jobs/{job['id']}/logs")["chunks"])
    assert log == "[The log is withheld: the benchmark holds its items out.]\n"
    for name in ("lab/meanings", "lab/meanings-held-out-answers"):
        with pytest.raises(RepositoryNotFoundError):
            guest.list_repo_files(name, repo_type="dataset")
    withheld = call(lab, "GET", f"/api/v1/jobs/{job['id']}/withheld")
    assert CANARY in withheld["order"]["tasks"][0]["prompt"]
    assert "Uploading the samples" in withheld["log"]
    kept = lab.list_repo_files("lab/meanings-held-out-answers", repo_type="dataset")
    assert f"runs/{job['id']}/meanings.parquet" in kept
