from __future__ import annotations

from django.test import Client

from models_app.pages.patches import MAX_LINES, lines_of
from tests.factories.repositories import commit_files


def test_history_is_newest_first_and_pages(client: Client, acme, model, monkeypatch) -> None:
    monkeypatch.setattr("models_app.pages.history.PAGE", 2)
    commit_files(model, acme, {"x.txt": "1\n"}, summary="Write x")
    first = client.get("/acme/model/commits/main")
    rest = client.get(f"/acme/model/commits/main?after={first.context['next_after']}")
    titles = [commit.title for page in (first, rest) for commit in page.context["commits"]]
    assert titles == ["Write x", "Add files", "initial commit"]


def test_the_history_of_a_path_leaves_the_rest_out(client: Client, acme, model) -> None:
    commit_files(model, acme, {"docs/notes.md": "# Other\n"}, summary="Rewrite the notes")
    page = client.get("/acme/model/commits/main/docs")
    assert [commit.title for commit in page.context["commits"]] == ["Rewrite the notes", "Add files"]


def test_a_commit_shows_what_changed(client: Client, acme, model) -> None:
    done = commit_files(model, acme, {"config.json": '{"new": "<b>"}\n', "added.txt": "one\ntwo\n"})
    page = client.get(f"/acme/model/commit/{done.commit}")
    files = {file.path: file for file in page.context["files"]}
    assert (files["added.txt"].additions, files["added.txt"].deletions) == (2, 0)
    assert [line.text for line in files["added.txt"].lines if line.kind == "added"] == ["one", "two"]
    assert files["config.json"].deletions == 1
    assert "&lt;b&gt;" in page.text
    assert client.get(f"/acme/model/commit/{done.commit[:7]}").status_code == 200


def test_the_first_commit_has_no_parent(client: Client, model) -> None:
    first = client.get("/acme/model/commits/main").context["commits"][-1]
    page = client.get(f"/acme/model/commit/{first.id}")
    assert page.context["parents"] == []
    assert [file.path for file in page.context["files"]] == [".gitattributes"]


def test_lines_carry_their_numbers_on_both_sides() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -3,3 +3,3 @@ def f():\n same\n-old\n+new\n\\ No newline at end of file\n"
    lines, is_cut = lines_of(patch)
    assert [(line.kind, line.old, line.new) for line in lines] == [
        ("hunk", None, None),
        ("context", 3, 3),
        ("removed", 4, None),
        ("added", None, 4),
        ("hunk", None, None),
    ]
    assert not is_cut


def test_a_long_patch_is_cut() -> None:
    lines, is_cut = lines_of("@@ -0,0 +1,9 @@\n" + "+x\n" * (MAX_LINES + 10))
    assert is_cut
    assert len(lines) == MAX_LINES
