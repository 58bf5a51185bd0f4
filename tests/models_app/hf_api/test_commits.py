from __future__ import annotations

import base64

import pytest

from models_app.repositories import selectors
from tests.factories.repositories import make_repository
from tests.models_app.hf_api.conftest import file, header

URL = "/api/models/alice/m"


@pytest.fixture
def repository(alice):
    return make_repository(alice, "m", files={"a.txt": "a", "sub/b.txt": "b"})


def paths(repository) -> list[str]:
    commit = selectors.resolve(repository, "main").commit
    page = selectors.list_tree(repository, commit, recursive=True)
    return [entry.path for entry in page.entries if not entry.is_directory]


def test_it_makes_one_commit_of_every_operation(caller, alice, repository) -> None:
    encoded = base64.b64encode(b"\x00\x01").decode()
    response = caller(alice).commit(
        "alice/m",
        [
            header("Many things", description="Why"),
            file("c.txt", "première"),
            {"key": "file", "value": {"path": "d.dat", "content": encoded, "encoding": "base64"}},
            {"key": "file", "value": {"path": "copy.txt", "oldPath": "a.txt"}},
            {"key": "deletedFile", "value": {"path": "a.txt"}},
            {"key": "deletedFolder", "value": {"path": "sub/"}},
        ],
    )
    answer = response.json()
    assert response.status_code == 200
    assert answer["success"]
    assert answer["commitUrl"] == f"http://testserver/alice/m/commit/{answer['commitOid']}"
    assert paths(repository) == [".gitattributes", "c.txt", "copy.txt", "d.dat"]
    (newest, *_rest) = caller().get(f"{URL}/commits/main").json()
    assert (newest["id"], newest["title"], newest["message"]) == (answer["commitOid"], "Many things", "Why")


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        ([], 400, "InvalidInput"),
        ([file("x")], 400, "InvalidInput"),
        ([header(), {"key": "explode", "value": {}}], 400, "InvalidInput"),
        ([header(), file("x"), {"key": "file", "value": {"path": "y"}}], 400, "InvalidInput"),
        ([header(), file("../x")], 422, "Unprocessable"),
        ([header(), file("..\\ddd")], 422, "Unprocessable"),
        ([header(), file(".git/config")], 422, "Unprocessable"),
        ([header(), file("x"), {"key": "deletedFile", "value": {"path": "none"}}], 404, "EntryNotFound"),
        (
            [header(), {"key": "lfsFile", "value": {"path": "w", "oid": "0" * 64, "size": 1}}],
            400,
            "InvalidInput",
        ),
        ([header(), file("README.md", "---\na: [\n---\n")], 400, "InvalidInput"),
        ([header(parentCommit="f" * 40), file("x")], 412, "PreconditionFailed"),
    ],
)
def test_it_refuses_a_bad_commit_as_a_whole(caller, alice, repository, lines, status, code) -> None:
    before = selectors.resolve(repository, "main").commit
    response = caller(alice).commit("alice/m", lines)
    assert (response.status_code, response["X-Error-Code"]) == (status, code)
    assert selectors.resolve(repository, "main").commit == before


def test_a_commit_without_operations_marks_a_moment(caller, alice, repository) -> None:
    before = paths(repository)
    response = caller(alice).commit("alice/m", [header("A mark")])
    assert response.status_code == 200
    newest = caller().get(f"{URL}/commits/main").json()[0]
    assert (newest["id"], newest["title"]) == (response.json()["commitOid"], "A mark")
    assert paths(repository) == before


def test_it_commits_to_branches_and_nothing_else(caller, alice, repository) -> None:
    asked = caller(alice)
    asked.post(f"{URL}/branch/feature%2Fx", {})
    asked.post(f"{URL}/tag/main", {"tag": "v1"})
    assert asked.commit("alice/m", [header(), file("only.txt")], "feature%2Fx").status_code == 200
    assert "only.txt" not in paths(repository)
    for revision in ("v1", "none", repository.head):
        response = asked.commit("alice/m", [header(), file("x")], revision)
        assert (response.status_code, response["X-Error-Code"]) == (404, "RevisionNotFound")


def test_it_refuses_what_is_too_large(caller, alice, repository, settings) -> None:
    settings.MAX_REGULAR_FILE_BYTES = 100
    assert caller(alice).commit("alice/m", [header(), file("x", "x" * 101)]).status_code == 413
    settings.MAX_COMMIT_OPERATIONS = 1
    assert caller(alice).commit("alice/m", [header(), file("x"), file("y")]).status_code == 413


# --- Preupload -----------------------------------------------------------------------------------


def candidate(path: str, size: int = 5, sample: bytes = b"text") -> dict[str, object]:
    return {"path": path, "size": size, "sample": base64.b64encode(sample).decode()}


def asked_modes(asked, **body) -> dict[str, tuple[str, bool]]:
    answer = asked.post(f"{URL}/preupload/main", body).json()
    return {f["path"]: (f["uploadMode"], f["shouldIgnore"]) for f in answer["files"]}


def test_it_says_which_files_are_large(caller, alice, repository) -> None:
    files = [
        candidate("a.safetensors"),
        candidate("deep/w.bin"),
        candidate("small.txt"),
        candidate("text-of-9-mib.txt", 9 * 1024 * 1024),
        candidate("long.txt", 11_000_000),
        candidate("odd.dat", sample=b"a\x00b"),
    ]
    modes = asked_modes(caller(alice), files=files)
    assert [mode for mode, _ignored in modes.values()] == ["lfs", "lfs", "regular", "regular", "lfs", "lfs"]


def test_it_prefers_the_rules_that_were_sent(caller, alice, repository) -> None:
    caller(alice).commit("alice/m", [header(), file(".gitignore", "*.log\n!keep.log\n")])
    files = [candidate("x.txt"), candidate("y.bin"), candidate("a.log"), candidate("keep.log")]
    own = asked_modes(caller(alice), files=files)
    assert own == {
        "x.txt": ("regular", False),
        "y.bin": ("lfs", False),
        "a.log": ("regular", True),
        "keep.log": ("regular", False),
    }
    sent = asked_modes(caller(alice), files=files, gitAttributes="*.txt filter=lfs\n", gitIgnore="y*\n!\n[\n")
    assert sent == {
        "x.txt": ("lfs", False),
        "y.bin": ("regular", True),
        "a.log": ("regular", False),
        "keep.log": ("regular", False),
    }


def test_it_tells_what_is_there_already(caller, alice, repository) -> None:
    answer = (
        caller(alice)
        .post(f"{URL}/preupload/main", {"files": [candidate("a.txt"), candidate("new.txt")]})
        .json()
    )
    entry = selectors.find(repository, answer["commitOid"], "a.txt")
    assert [f["oid"] for f in answer["files"]] == [entry.oid, None]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"files": [3]}, 400),
        ({"files": [{"path": "a", "size": "x"}]}, 400),
        ({"files": [{"path": "a", "sample": "%"}]}, 400),
        ({"files": [{"path": "a"}] * 1001}, 413),
        ({"files": [], "gitIgnore": "x" * 300_000}, 413),
    ],
)
def test_it_refuses_bad_questions(caller, alice, repository, body, status) -> None:
    assert caller(alice).post(f"{URL}/preupload/main", body).status_code == status


def test_it_checks_cards(caller, db) -> None:
    asked = caller()
    good = asked.post("/api/validate-yaml", {"content": "---\nlicense: mit\n---\n", "repoType": "model"})
    assert (good.status_code, good.json()) == (200, {"errors": [], "warnings": []})
    assert asked.post("/api/validate-yaml", {"content": "# Hi"}).json()["warnings"]
    own = {"content": "---\nlicense: my-own\n---\n"}
    assert asked.post("/api/validate-yaml", own).status_code == 200
    strict = asked.send("POST", "/api/validate-yaml", own, Accept="text/plain")
    assert (strict.status_code, strict.content[:33]) == (400, b'- Error: "license" must be one of')
    bad = asked.post("/api/validate-yaml", {"content": "---\na: [\n---\n"})
    assert (bad.status_code, bad["X-Error-Code"]) == (400, "InvalidInput")
    assert "line" in bad.json()["errors"][0]["message"]
