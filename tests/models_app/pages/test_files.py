from __future__ import annotations

import json
import struct

import pytest
from django.test import Client

from models_app.repositories import services
from models_app.scans import services as scans
from tests.factories.accounts import actor_for
from tests.factories.repositories import commit_files, make_repository


def safetensors_bytes() -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0" * 24


@pytest.fixture
def filled(acme):
    files = {
        "a.py": "import os\n",
        "table.csv": "x,y\n1,<b>2</b>\n",
        "rows.jsonl": '{"k": "v"}\n',
        "w.safetensors": safetensors_bytes(),
        "evil.pkl": b"\x80\x04cos\nsystem\n",
        "picture.png": b"\x89PNG\r\n\x1a\n",
        "drawing.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "notes/deep/x.md": "# Deep\n[up](../y.md)\n<script>alert(1)</script>\n",
        "notes/y.md": "y\n",
        "blob.xyz": b"\x00\x01\x02",
        "page.html": "<script>alert(1)</script>\n",
    }
    return make_repository(acme, "filled", files=files)


def test_a_pickle_shows_what_was_found_in_it(client: Client, acme, filled) -> None:
    commit_files(filled, acme, {"evil.pkl": b"cos\nsystem\n(S'true'\ntR."})
    assert "pickle · " not in client.get("/acme/filled/tree/main").text
    scans.scan_commit(filled.pk, "main")
    assert "pickle · dangerous" in client.get("/acme/filled/tree/main").text
    assert "os.system" in client.get("/acme/filled/blob/main/evil.pkl").text


def test_a_folder_lists_folders_first_with_their_last_change(client: Client, acme, filled) -> None:
    commit_files(filled, acme, {"notes/y.md": "z\n"}, summary="Change y")
    answer = client.get("/acme/filled/tree/main")
    rows = {row.entry.name: row for row in answer.context["rows"]}
    assert next(iter(rows)) == "notes"
    assert rows["notes"].last_commit.title == "Change y"
    assert rows["a.py"].last_commit.title == "Add files"
    assert rows["evil.pkl"].pickle
    assert not rows["a.py"].pickle
    assert "pickle" in answer.text


def test_a_folder_of_many_files_comes_in_pages(client: Client, acme, monkeypatch) -> None:
    monkeypatch.setattr("models_app.pages.files.PAGE", 2)
    make_repository(acme, "many", files={f"f{number}": "x" for number in range(3)})
    first = client.get("/acme/many/tree/main")
    second = client.get(f"/acme/many/tree/main?after={first.context['next_after']}")
    names = [row.entry.name for page in (first, second) for row in page.context["rows"]]
    assert names == [".gitattributes", "f0", "f1", "f2"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a.py", '<span class="kn">import</span>'),
        ("table.csv", "&lt;b&gt;2&lt;/b&gt;"),
        ("table.csv?source", "1,"),
        ("rows.jsonl", '<th scope="col">k</th>'),
        ("w.safetensors", "2 × 3"),
        ("evil.pkl", "can run code"),
        ("picture.png", 'src="/acme/filled/resolve/main/picture.png"'),
        ("drawing.svg", 'src="/acme/filled/resolve/main/drawing.svg"'),
        ("notes/deep/x.md", 'href="/acme/filled/blob/main/notes/y.md"'),
        ("blob.xyz", "not shown here"),
        ("page.html", "&lt;"),
    ],
)
def test_each_kind_of_file_is_shown_in_its_way(client: Client, filled, path: str, shown: str) -> None:
    page = client.get(f"/acme/filled/blob/main/{path}")
    assert page.status_code == 200
    assert shown in page.text
    assert "<script>alert" not in page.text


def test_it_leads_from_a_file_to_its_folder_and_back(client: Client, filled) -> None:
    assert client.get("/acme/filled/blob/main/notes")["Location"] == "/acme/filled/tree/main/notes"
    assert client.get("/acme/filled/tree/main/a.py")["Location"] == "/acme/filled/blob/main/a.py"


@pytest.mark.parametrize(
    "path", ["tree/main/none", "blob/main/none", "tree/none", "commits/none", "commit/none", "tree/main/%00"]
)
def test_what_is_not_there_is_not_found(client: Client, filled, path: str) -> None:
    assert client.get(f"/acme/filled/{path}").status_code == 404


@pytest.mark.parametrize("encoded", [True, False])
def test_names_of_branches_may_hold_slashes(client: Client, owner, acme, filled, encoded: bool) -> None:
    services.create_branch(actor_for(owner), filled, "try/one")
    commit_files(filled, acme, {"notes/new.md": "# New\n"}, branch="try/one")
    branch = "try%2Fone" if encoded else "try/one"
    folder = client.get(f"/acme/filled/tree/{branch}/notes")
    assert "new.md" in folder.text
    assert "/acme/filled/blob/try%2Fone/notes/new.md" in folder.text
    assert "New" in client.get(f"/acme/filled/blob/{branch}/notes/new.md").text
    assert "new.md" not in client.get("/acme/filled/tree/main/notes").text


def test_a_commit_id_shows_the_files_of_then(client: Client, acme, filled) -> None:
    then = filled.head
    commit_files(filled, acme, {"late.txt": "x"})
    assert "late.txt" not in client.get(f"/acme/filled/tree/{then}").text
    assert "late.txt" not in client.get(f"/acme/filled/tree/{then[:8]}").text


def test_only_writers_are_offered_changes(client: Client, as_owner: Client, filled) -> None:
    assert "/edit/main/a.py" not in client.get("/acme/filled/blob/main/a.py").text
    assert "/edit/main/a.py" in as_owner.get("/acme/filled/blob/main/a.py").text
    assert "/edit/" not in as_owner.get("/acme/filled/blob/main/picture.png").text
    assert "/edit/" not in as_owner.get(f"/acme/filled/blob/{filled.head}/a.py").text


def test_the_number_of_queries_is_fixed(as_owner: Client, filled, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(10):
        as_owner.get("/acme/filled/tree/main")
    with django_assert_max_num_queries(10):
        as_owner.get("/acme/filled/blob/main/a.py")
