from __future__ import annotations

import re

import pytest

from tests.factories.repositories import commit_files, make_repository

URL = "/api/models/alice/m"


@pytest.fixture
def repository(alice):
    return make_repository(
        alice, "m", files={"README.md": "# A\n", "a/b.txt": "b", "a/c/d.txt": "d", "é #%?.txt": "e"}
    )


def follow(asked, url: str) -> list[str]:
    """Every path, by the `Link` header alone."""
    paths = []
    while url:
        response = asked.get(url.removeprefix("http://testserver"))
        paths += [entry["path"] for entry in response.json()]
        match = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
        url = match[1] if match else ""
    return paths


def test_it_lists_folders_and_files(caller, repository) -> None:
    found = caller().get(f"{URL}/tree/main").json()
    assert [(entry["type"], entry["path"]) for entry in found] == [
        ("file", ".gitattributes"),
        ("file", "README.md"),
        ("directory", "a"),
        ("file", "é #%?.txt"),
    ]
    assert found[1]["size"] == 4
    assert "lastCommit" not in found[1]


@pytest.mark.parametrize(
    "query", ["recursive=true&limit=1", "recursive=true&limit=2&expand=true", "recursive=true"]
)
def test_it_pages_by_link(caller, repository, query) -> None:
    expected = [".gitattributes", "README.md", "a", "a/b.txt", "a/c", "a/c/d.txt", "é #%?.txt"]
    assert follow(caller(), f"{URL}/tree/main?{query}") == expected
    assert follow(caller(), f"{URL}/tree/{repository.head}/a?{query}") == ["a/b.txt", "a/c", "a/c/d.txt"]


def test_it_tells_the_last_commit_of_each_entry(caller, alice, repository) -> None:
    commit_files(repository, alice, {"a/b.txt": "B"}, summary="Change b")
    found = {
        e["path"]: e["lastCommit"]["title"]
        for e in caller().get(f"{URL}/tree/main?recursive=1&expand=1").json()
    }
    assert (found["a"], found["a/b.txt"], found["a/c"]) == ("Change b", "Change b", "Add files")


@pytest.mark.parametrize("as_form", [True, False])
def test_it_answers_paths_in_the_order_asked(client, caller, repository, as_form) -> None:
    paths = ["a", "none", "README.md"]
    if as_form:
        response = client.post(f"{URL}/paths-info/main", {"paths": paths, "expand": "true"})
    else:
        response = caller().post(f"{URL}/paths-info/main", {"paths": paths, "expand": True})
    assert [(e["path"], e["type"]) for e in response.json()] == [("a", "directory"), ("README.md", "file")]
    assert response.json()[1]["lastCommit"]["title"] == "Add files"


def test_it_bounds_paths_info(caller, repository) -> None:
    assert caller().post(f"{URL}/paths-info/main", {"paths": ["a"] * 1001}).status_code == 413
    assert caller().post(f"{URL}/paths-info/main", {"paths": [3]}).status_code == 400
    assert caller().post(f"{URL}/paths-info/none", {"paths": []})["X-Error-Code"] == "RevisionNotFound"


def test_it_lists_commits_with_their_number(caller, alice, repository) -> None:
    for number in range(3):
        commit_files(repository, alice, {"n.txt": str(number)}, summary=f"Number {number}")
    response = caller().get(f"{URL}/commits/main?limit=2&expand[]=formatted")
    assert response["X-Total-Count"] == "5"
    first = response.json()[0]
    assert (first["title"], first["formatted"]["title"], first["authors"][0]["user"]) == ("Number 2",) * 2 + (
        "alice",
    )
    match = re.search("<http://testserver(.+)>", response["Link"])
    assert match
    assert [commit["title"] for commit in caller().get(match[1]).json()] == ["Number 0", "Add files"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("tree/none", "RevisionNotFound"),
        ("tree/none/with/many/parts/in/it/and/more", "RevisionNotFound"),
        ("tree/refs%2Fpr%2F1", "RevisionNotFound"),
        ("tree/main/README.md", "EntryNotFound"),
        ("tree/main/none/at/all", "EntryNotFound"),
        ("commits/none", "RevisionNotFound"),
        ("revision/none", "RevisionNotFound"),
    ],
)
def test_it_tells_missing_revisions_from_missing_paths(caller, repository, path, code) -> None:
    response = caller().get(f"{URL}/{path}")
    assert (response.status_code, response["X-Error-Code"]) == (404, code)


@pytest.mark.parametrize("query", ["cursor=%ff", "limit=x", "limit=-1", "cursor=AAA"])
def test_it_refuses_bad_pages(caller, repository, query) -> None:
    assert caller().get(f"{URL}/tree/main?{query}").status_code == 400


def test_it_asks_few_queries_for_a_page(caller, repository, django_assert_max_num_queries) -> None:
    asked = caller()
    with django_assert_max_num_queries(4):
        asked.get(f"{URL}/tree/main?recursive=true")
    with django_assert_max_num_queries(8):
        asked.get(f"{URL}/tree/main?recursive=true&expand=true")


def test_many_folders_cost_no_query_each(caller, alice, django_assert_max_num_queries) -> None:
    make_repository(alice, "deep", files={f"d{number}/same.txt": "x" for number in range(60)})
    with django_assert_max_num_queries(5):
        entries = caller().get("/api/models/alice/deep/tree/main?recursive=true&expand=true").json()
    assert {entry["lastCommit"]["title"] for entry in entries if "/" in entry["path"]} == {"Add files"}
