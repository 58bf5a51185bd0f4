"""A person, data and models on a running hub, for engines that are its clients."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from hub.site.demo import corpora
from tests.engines import EngineRun
from tests.live import LiveHub

SHORT = {"max_steps": 24, "save_steps": 4, "logging_steps": 1}
CARD = b"---\nlicense: bsd-3-clause\nlanguage:\n- en\n- fr\ntask_categories:\n- translation\n---\n# Pairs\n"
INIT = {
    "t5": {
        "architecture": "t5", "vocabulary": 400, "hidden": 32, "layers": 2, "heads": 2, "feed_forward": 64,
        "context": 128,
    },
    "llama": {
        "architecture": "llama", "vocabulary": 400, "hidden": 32, "layers": 2, "heads": 2, "feed_forward": 64,
        "context": 64,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """Where engines work: `run` makes an order ready to be run, in a folder of its own."""

    hub: LiveHub
    api: HfApi
    token: str
    owner: str
    dataset: dict[str, str]
    folder: Path

    def run(self, kind: str, folder: str | None = None, **spec: Any) -> EngineRun:
        job = str(uuid.uuid4())
        return EngineRun(
            self.hub,
            self.token,
            self.folder / (folder or job),
            kind,
            {"job": job, "kind": kind, "private": False, **spec},
        )

    def train(
        self, output: str, recipe: str = "seq2seq", folder: str | None = None, **settings: Any
    ) -> EngineRun:
        return self.run(
            "fine-tune",
            folder,
            recipe=recipe,
            base_model=None,
            init=INIT["t5" if recipe == "seq2seq" else "llama"],
            dataset=self.dataset,
            output=f"{self.owner}/{output}",
            settings={"text_column": "target", "learning_rate": 0.01, "batch_size": 4, **settings},
        )

    def evaluate(self, model: dict[str, str], task: dict[str, Any], **spec: Any) -> EngineRun:
        return self.run(
            "evaluate",
            model=model,
            benchmark={**self.dataset, "version": "1"},
            tasks=[{"name": "task", "version": "1", "data": {"file": "data/test.parquet"}, **task}],
            settings={"batch_size": 4, "bootstrap": 100, **spec.pop("settings", {})},
            limit=spec.pop("limit", None),
            samples_repository=f"{self.owner}/samples",
            **spec,
        )


def parquet(rows: list[corpora.Pair]) -> bytes:
    buffer = io.BytesIO()
    columns = {"source": [row.source for row in rows], "target": [row.target for row in rows]}
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def bench(live_hub: LiveHub, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    live_hub.manage("create_user", "engineer", "--email", "engineer@example.org")
    token = live_hub.manage("create_token", "engineer", "--name", "engines", "--scope", "write")
    api = HfApi(endpoint=live_hub.url, token=token.strip().splitlines()[-1])
    parts = corpora.split(corpora.catalogue_pairs("fr"), test=80, validation=10)
    api.create_repo("engineer/pairs", repo_type="dataset")
    files = {"README.md": CARD, **{f"data/{name}.parquet": parquet(rows) for name, rows in parts.items()}}
    commit = api.create_commit(
        "engineer/pairs",
        [CommitOperationAdd(path, content) for path, content in files.items()],
        commit_message="Pairs",
        repo_type="dataset",
    )
    return Bench(
        live_hub,
        api,
        str(api.token),
        "engineer",
        {"id": "engineer/pairs", "commit": commit.oid},
        tmp_path_factory.mktemp("engines"),
    )


@dataclass(frozen=True)
class Published:
    """A model that a training published; `losses` are those of every step."""

    reference: dict[str, str]
    losses: list[list[float]]


def train_once(bench: Bench, recipe: str) -> Published:
    ended = bench.train(f"undisturbed-{recipe}", recipe, **SHORT).run()
    assert ended.result, ended.log
    reference = {"id": ended.result["output"], "commit": ended.result["commit"]}
    return Published(reference, ended.result["losses"])


@pytest.fixture(scope="session")
def seq2seq(bench: Bench) -> Published:
    return train_once(bench, "seq2seq")


@pytest.fixture(scope="session")
def causal(bench: Bench) -> Published:
    return train_once(bench, "causal")
