"""The example of the README, word for word, against a hub with the model it names."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from hub.site.demo import corpora, plan
from tests.engines import ENGINE_PYTHON, EngineRun
from tests.evals_app.engines.conftest import parquet
from tests.live import ROOT, LiveHub

pytestmark = pytest.mark.engines

EXAMPLE = re.compile(r"<!-- example: seed -->\s*```python\n(.*?)```\s*<!-- example: end -->", re.DOTALL)
MODEL = "llmos/t5-small-en-fr"


@pytest.fixture(scope="module")
def example() -> str:
    found = EXAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found, "README.md has no example between its markers"
    return found[1]


@pytest.fixture(scope="module")
def hub_with_model(live_hub: LiveHub, tmp_path_factory: pytest.TempPathFactory) -> LiveHub:
    """The demo's own training of that model, with a few of its steps."""
    live_hub.manage("create_user", "reader", "--email", "reader@example.org")
    live_hub.manage("create_organization", "llmos", "--admin", "reader")
    token = live_hub.manage("create_token", "reader", "--name", "readme", "--scope", "write").split()[-1]
    api = HfApi(endpoint=live_hub.url, token=token)
    request = plan.STEPS["french"].request
    api.create_repo(request["dataset"], repo_type="dataset")
    parts = corpora.split(corpora.catalogue_pairs("fr"), test=100, validation=50)
    files = [CommitOperationAdd(f"data/{name}.parquet", parquet(rows)) for name, rows in parts.items()]
    commit = api.create_commit(request["dataset"], files, commit_message="Pairs", repo_type="dataset")
    order = {
        **request,
        "job": "readme",
        "base_model": None,
        "dataset": {"id": request["dataset"], "commit": commit.oid},
        "settings": {**request["settings"], "max_steps": 8},
    }
    ended = EngineRun(live_hub, token, tmp_path_factory.mktemp("readme"), "fine-tune", order).run()
    assert ended.result, ended.log
    assert ended.result["output"] == MODEL
    return live_hub


def test_it_runs_as_it_is_written(example: str, hub_with_model: LiveHub, tmp_path: Path) -> None:
    """Without a token: the model is public."""
    done = subprocess.run(
        [ENGINE_PYTHON, "-c", example],
        env={"PATH": os.environ["PATH"], "HF_ENDPOINT": hub_with_model.url, "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "the model wrote nothing"


def test_it_asks_as_the_model_was_trained_to_be_asked(example: str) -> None:
    assert plan.STEPS["french"].request["settings"]["source_prefix"] in example
    assert plan.STEPS["french"].request["output"] == MODEL
    assert f'"{MODEL}"' in example
