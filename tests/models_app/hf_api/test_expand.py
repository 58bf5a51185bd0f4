"""Fields that are told when somebody asks for them by name."""

from __future__ import annotations

import json

import pytest

from models_app.commits import services as commits
from models_app.discovery import services as discovery
from models_app.repositories.models import Repository
from tests.factories.repositories import actor_of, commit_files, make_repository
from tests.models_app.previews.test_gguf import LLAMA, file_of, tensor

CARD = """---
base_model: alice/base
widget: [{text: Hello}, Bye]
---
# Child

```bibtex
@misc{child, title={Child}}
```
"""


def asked_for(caller, path: str, *names: str) -> dict:
    found: dict = caller().get(f"/api/{path}?{'&'.join(f'expand={name}' for name in names)}").json()
    return found


def test_it_tells_what_files_say(caller, alice) -> None:
    files = {
        "README.md": CARD,
        "model.gguf": file_of(LLAMA, tensor("a", 3, 4)),
        "tokenizer_config.json": json.dumps({"mask_token": {"content": "[MASK]"}}),
        ".eval_results/exam.yaml": "[{dataset: {id: acme/exam, task_id: hard}, value: 0.5}]",
    }
    make_repository(alice, "child", files=files)
    names = ("gguf", "mask_token", "evalResults", "widgetData", "baseModels")
    info = asked_for(caller, "models/alice/child", *names)
    assert (info["gguf"]["architecture"], info["gguf"]["total"]) == ("llama", 12)
    assert info["mask_token"] == "[MASK]"
    assert info["evalResults"][0]["data"]["value"] == 0.5
    assert info["widgetData"] == [{"text": "Hello"}, {"text": "Bye"}]
    assert info["baseModels"]["models"][0]["id"] == "alice/base"
    assert caller().get("/api/models?num_parameters=min:10,max:20").json()[0]["id"] == "alice/child"


def test_it_reads_a_file_again_only_when_it_changed(caller, alice, monkeypatch) -> None:
    files = {"model.gguf": file_of(LLAMA, tensor("a", 3)), "README.md": "# One"}
    repository = make_repository(alice, "child", files=files)
    monkeypatch.setattr("models_app.previews.gguf.read_summary", None)
    commit_files(repository, alice, {"README.md": "# Two"})
    assert asked_for(caller, "models/alice/child", "gguf")["gguf"]["total"] == 3


def test_it_counts_models_made_from_one(caller, alice, bob) -> None:
    for owner, name, private in ((alice, "base", False), (alice, "one", False), (bob, "two", True)):
        files = {"README.md": "---\nbase_model: alice/base\n---\n"} if name != "base" else None
        make_repository(owner, name, files=files, private=private)
    assert asked_for(caller, "models/alice/base", "childrenModelCount")["childrenModelCount"] == 1
    listed = caller(bob).get("/api/models?expand=childrenModelCount").json()
    assert {item["id"]: item["childrenModelCount"] for item in listed}["alice/base"] == 2


def test_it_keeps_the_size_of_the_branch(caller, alice) -> None:
    repository = make_repository(alice, "d", "dataset", files={"a.txt": "x" * 100, "b.txt": "y" * 7})
    before = repository.main_bytes
    commit_files(repository, alice, {"a.txt": "x" * 90, "c.txt": "y" * 7})
    assert asked_for(caller, "datasets/alice/d", "mainSize")["mainSize"] == before - 10 + 7
    commits.reindex(repository)
    assert repository.main_bytes == before - 3


def test_a_row_from_before_sizes_were_kept_is_counted(alice) -> None:
    repository = make_repository(alice, "d", "dataset", files={"a.txt": "x" * 100})
    whole = repository.main_bytes
    Repository.objects.update(main_bytes=None)
    repository.refresh_from_db()
    commit_files(repository, alice, {"b.txt": "y" * 7})
    assert repository.main_bytes == whole + 7


def test_it_orders_by_size_and_recent_likes(caller, alice, bob) -> None:
    small = make_repository(alice, "small", "dataset", files={"a.txt": "x"})
    make_repository(alice, "large", "dataset", files={"a.txt": "x" * 500})
    discovery.like(actor_of(bob), small)
    ids = {sort: [row["id"] for row in caller().get(f"/api/datasets?sort={sort}").json()] for sort in
           ("mainSize", "likes30d")}  # fmt: skip
    assert ids == {"mainSize": ["alice/large", "alice/small"], "likes30d": ["alice/small", "alice/large"]}


def test_tasks_name_what_the_hub_has_for_them(caller, alice) -> None:
    make_repository(alice, "m", files={"README.md": "---\npipeline_tag: translation\n---\n"})
    make_repository(alice, "secret", private=True, files={"README.md": "---\npipeline_tag: fill-mask\n---\n"})
    found = caller().get("/api/tasks").json()
    assert found["translation"]["models"] == [{"id": "alice/m"}]
    assert found["translation"]["widgetModels"] == ["alice/m"]
    assert found["fill-mask"]["models"] == []


def test_it_filters_by_the_program_that_opens_a_model(caller, alice) -> None:
    make_repository(alice, "m", files={"m.gguf": b"GGUF"})
    make_repository(alice, "other", files={"README.md": "x"})
    assert [row["id"] for row in caller().get("/api/models?apps=llama.cpp").json()] == ["alice/m"]
    assert caller().get("/api/models?apps=unheard-of").json() == []


def test_a_citation_is_told_of_a_dataset(caller, alice) -> None:
    make_repository(alice, "d", "dataset", files={"README.md": CARD})
    info = asked_for(caller, "datasets/alice/d", "citation", "description")
    assert info["citation"] == "@misc{child, title={Child}}"


@pytest.mark.parametrize("shape", [[1 << 62, 1 << 62], [1 << 40, 1 << 40]])
def test_a_file_that_claims_any_shape_does_no_harm(caller, alice, shape) -> None:
    header = json.dumps({"t": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}}).encode()
    files = {"model.safetensors": len(header).to_bytes(8, "little") + header}
    make_repository(alice, "m", files=files)
    assert caller().get("/api/models?sort=num_parameters").json()[0]["id"] == "alice/m"
