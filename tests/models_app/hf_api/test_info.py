from __future__ import annotations

import re

import pytest

from tests.factories.repositories import commit_files, make_repository

CARD = """---
license: mit
language: [fr, en]
pipeline_tag: translation
library_name: transformers
datasets: [alice/pairs]
model-index: [{name: m, results: []}]
---
# Title

What it does.
"""


@pytest.fixture
def repository(alice):
    files = {
        "README.md": CARD,
        "config.json": '{"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}',
    }
    return make_repository(alice, "Mixed", files=files)


def test_it_tells_what_clients_read(caller, repository) -> None:
    info = caller().get("/api/models/ALICE/mixed").json()
    assert info["id"] == info["modelId"] == "alice/Mixed"
    assert re.fullmatch("[0-9a-f]{24}", info["_id"])
    assert info["sha"] == repository.head
    assert (info["author"], info["private"], info["gated"], info["disabled"]) == (
        "alice",
        False,
        False,
        False,
    )
    assert (info["pipeline_tag"], info["library_name"]) == ("translation", "transformers")
    assert info["config"] == {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}
    assert info["transformersInfo"]["auto_model"] == "AutoModelForSeq2SeqLM"
    assert info["model-index"] == [{"name": "m", "results": []}]
    assert {"fr", "en", "license:mit", "dataset:alice/pairs", "transformers"} <= set(info["tags"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", info["lastModified"])
    assert info["siblings"][0] == {"rfilename": ".gitattributes"}


def test_it_adds_sizes_when_asked(caller, repository) -> None:
    siblings = caller().get("/api/models/alice/Mixed?blobs=true").json()["siblings"]
    assert {file["rfilename"]: file["size"] for file in siblings}["README.md"] == len(CARD)
    assert all(re.fullmatch("[0-9a-f]{40}", file["blobId"]) for file in siblings)


@pytest.mark.parametrize("query", ["expand=author&expand=sha", "expand[]=author&expand[]=sha"])
def test_it_expands_only_what_was_asked(caller, repository, query) -> None:
    info = caller().get(f"/api/models/alice/Mixed?{query}").json()
    assert set(info) == {"_id", "id", "modelId", "author", "sha"}


def test_it_names_the_choices_for_an_unknown_field(caller, repository) -> None:
    response = caller().get("/api/models/alice/Mixed?expand=nonsense")
    assert response.status_code == 400
    assert 'expected one of "author"|"baseModels"|"cardData"' in response.json()["error"]
    assert caller().get("/api/datasets?expand=pipeline_tag").status_code == 400


def test_it_reads_the_card_of_an_older_commit(caller, alice, repository) -> None:
    old = repository.head
    commit_files(repository, alice, {"README.md": CARD.replace("mit", "apache-2.0")})
    asked = caller()
    assert asked.get("/api/models/alice/Mixed").json()["cardData"]["license"] == "apache-2.0"
    assert asked.get(f"/api/models/alice/Mixed/revision/{old}").json()["cardData"]["license"] == "mit"
    assert asked.get(f"/api/models/alice/Mixed/revision/{old[:8]}").json()["sha"] == old


def test_it_asks_few_queries(caller, repository, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(4):
        caller().get("/api/models/alice/Mixed")


# --- Lists ---------------------------------------------------------------------------------------


def ids(asked, query: str = "", repo_type: str = "models") -> list[str]:
    return [item["id"] for item in asked.get(f"/api/{repo_type}?{query}").json()]


def test_it_lists_with_filters_and_orders(caller, alice, bob, repository) -> None:
    make_repository(bob, "b", files={"README.md": "---\nlicense: mit\ntags: [tiny]\n---\n"})
    make_repository(bob, "hidden", private=True)
    make_repository(bob, "d", "dataset", files={"README.md": "---\nlanguage: fr\n---\n"})
    asked = caller()
    assert ids(asked, "sort=createdAt") == ["bob/b", "alice/Mixed"]
    assert ids(asked, "search=MIX") == ["alice/Mixed"]
    assert ids(asked, "author=bob") == ["bob/b"]
    assert ids(asked, "filter=license:mit&filter=tiny") == ["bob/b"]
    assert ids(asked, "filter=fr&pipeline_tag=translation") == ["alice/Mixed"]
    assert ids(asked, "filter=language:fr", "datasets") == ["bob/d"]
    assert (
        ids(asked, "gated=true") == ids(asked, "inference=warm") == ids(asked, "num_parameters=min:1B") == []
    )
    assert set(ids(asked, "gated=false")) == {"bob/b", "alice/Mixed"}
    assert "bob/hidden" in ids(caller(bob))
    assert ids(caller(alice), "search=hidden") == []


def test_it_pages_lists_by_absolute_links(caller, alice) -> None:
    for name in "abc":
        make_repository(alice, name)
    first = caller().get("/api/models?sort=lastModified&limit=2&search=alice", Host="hub.example:81")
    assert [item["id"] for item in first.json()] == ["alice/c", "alice/b"]
    match = re.fullmatch('<http://hub.example:81(/api/models.+)>; rel="next"', first["Link"])
    assert match
    second = caller().get(match[1])
    assert [item["id"] for item in second.json()] == ["alice/a"]
    assert "Link" not in second


def test_it_adds_fields_on_request(caller, repository) -> None:
    asked = caller()
    (plain,) = asked.get("/api/models").json()
    (full,) = asked.get("/api/models?full=true&cardData=true&config=true").json()
    (expanded,) = asked.get("/api/models?expand=downloads").json()
    assert {"sha", "siblings", "cardData", "config"} & plain.keys() == set()
    assert full["cardData"]["license"] == "mit"
    assert len(full["siblings"]) == 3
    assert full["config"]["model_type"] == "t5"
    assert expanded.keys() == {"_id", "id", "modelId", "downloads"}


@pytest.mark.parametrize("query", ["sort=beauty", "limit=x", "cursor=x", "num_parameters=many", "expand=x"])
def test_it_refuses_bad_conditions(caller, db, query) -> None:
    response = caller().get(f"/api/models?{query}")
    assert (response.status_code, response["X-Error-Code"]) == (400, "InvalidInput")


def test_it_asks_a_fixed_number_of_queries_for_a_list(caller, alice, django_assert_max_num_queries) -> None:
    for number in range(5):
        make_repository(alice, f"r{number}")
    with django_assert_max_num_queries(2):
        assert len(ids(caller(), "limit=5")) == 5


def test_it_lists_what_one_keeps(caller, alice, bob, repository) -> None:
    make_repository(alice, "hidden", "dataset", private=True)
    first, second = caller(alice).get("/api/settings/repositories").json()
    assert (first["id"], first["type"], first["visibility"]) == ("alice/hidden", "dataset", "private")
    assert second["storage"] > 0
    assert caller(bob).get("/api/settings/repositories").json() == []


def test_it_knows_words_and_empty_shelves(caller, repository) -> None:
    asked = caller()
    assert asked.get("/api/spaces").json() == []
    assert asked.get("/api/tasks").json()["fill-mask"]["widgetModels"] == []
    tags = asked.get("/api/models-tags-by-type").json()
    assert {"id": "translation", "label": "translation", "type": "pipeline_tag"} in tags["pipeline_tag"]
    assert {"id": "language:fr", "label": "fr", "type": "language"} in tags["language"]
    assert asked.get("/api/datasets-tags-by-type").json() == {}
