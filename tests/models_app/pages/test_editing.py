from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from models_app.commits import selectors as commits
from models_app.repositories import selectors, services
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for
from tests.factories.repositories import commit_files


def text_of(repository: Repository, path: str, branch: str = "main") -> str | None:
    commit = selectors.resolve(repository, branch).commit
    raw = selectors.read_small(repository, commit, path)
    return None if raw is None else raw.decode()


def test_an_upload_becomes_one_commit(as_owner: Client, model: Repository) -> None:
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]
    answer = as_owner.post("/acme/model/upload/main", {"chosen": files, "folder": "sub", "summary": ""})
    assert answer["Location"] == "/acme/model/tree/main/sub"
    assert (text_of(model, "sub/a.txt"), text_of(model, "sub/b.txt")) == ("one", "two")
    model.refresh_from_db()
    assert commits.get_commit(model, model.head).title == "Upload 2 files"
    assert commits.get_commit(model, model.head).author_name == "alice"


@pytest.mark.django_db(transaction=True)
def test_an_upload_of_weights_is_stored_as_a_large_file(as_owner: Client, model: Repository) -> None:
    as_owner.post("/acme/model/upload/main", {"chosen": [SimpleUploadedFile("w.safetensors", b"\0" * 100)]})
    entry = selectors.find(model, selectors.resolve(model, "main").commit, "w.safetensors")
    assert entry.lfs is not None
    assert entry.size == 100


def test_an_upload_over_the_limit_names_the_other_way(as_owner: Client, model, settings) -> None:
    settings.MAX_REGULAR_FILE_BYTES = 10
    answer = as_owner.post("/acme/model/upload/main", {"chosen": [SimpleUploadedFile("a.txt", b"x" * 11)]})
    assert answer.status_code == 400
    assert "hf upload acme/model ./file file" in answer.text
    assert text_of(model, "a.txt") is None


def test_bad_paths_are_refused_beside_the_form(as_owner: Client, model) -> None:
    for folder in ("../up", ".git", "a//b"):
        data = {"chosen": [SimpleUploadedFile("a.txt", b"x")], "folder": folder}
        answer = as_owner.post("/acme/model/upload/main", data)
        assert answer.status_code == 400, folder
        assert answer.context["form"].errors


def test_an_edit_is_a_commit(as_owner: Client, model: Repository) -> None:
    form = as_owner.get("/acme/model/edit/main/config.json").context["form"]
    data = {**form.initial, "content": "{}\r\n", "summary": "Empty the configuration"}
    assert as_owner.post("/acme/model/edit/main/config.json", data)["Location"] == (
        "/acme/model/blob/main/config.json"
    )
    assert text_of(model, "config.json") == "{}\n"


def test_an_edit_may_rename(as_owner: Client, model: Repository) -> None:
    form = as_owner.get("/acme/model/edit/main/docs/notes.md").context["form"]
    as_owner.post("/acme/model/edit/main/docs/notes.md", {**form.initial, "path": "notes.md"})
    assert text_of(model, "docs/notes.md") is None
    assert text_of(model, "notes.md") == form.initial["content"]


def test_an_edit_does_not_overwrite_what_somebody_else_wrote(as_owner: Client, acme, model) -> None:
    form = as_owner.get("/acme/model/edit/main/config.json").context["form"]
    commit_files(model, acme, {"config.json": '{"theirs": 1}\n'})
    answer = as_owner.post("/acme/model/edit/main/config.json", {**form.initial, "content": "mine"})
    assert answer.status_code == 400
    assert "mine" in answer.text
    assert text_of(model, "config.json") == '{"theirs": 1}\n'


def test_another_file_may_change_meanwhile(as_owner: Client, acme, model) -> None:
    form = as_owner.get("/acme/model/edit/main/config.json").context["form"]
    commit_files(model, acme, {"other.txt": "x"})
    assert (
        as_owner.post("/acme/model/edit/main/config.json", {**form.initial, "content": "{}"}).status_code
        == 302
    )


def test_a_card_with_broken_metadata_is_refused(as_owner: Client, model) -> None:
    form = as_owner.get("/acme/model/edit/main/README.md").context["form"]
    data = {**form.initial, "content": "---\nlicense: [\n---\n# x\n"}
    answer = as_owner.post("/acme/model/edit/main/README.md", data)
    assert answer.status_code == 400
    assert "Invalid metadata" in answer.text


def test_a_missing_card_starts_with_front_matter(as_owner: Client, acme, owner) -> None:
    fresh = services.create(actor_for(owner), "model", "acme/fresh")
    page = as_owner.get("/acme/fresh/edit/main/README.md")
    assert "license:" in page.context["form"].initial["content"]
    data = {"path": "README.md", "content": "---\nlicense: mit\n---\n# Fresh\n", "seen": ""}
    assert as_owner.post("/acme/fresh/edit/main/README.md", data).status_code == 302
    fresh.refresh_from_db()
    assert fresh.licence == "mit"


def test_a_new_file_does_not_replace_one(as_owner: Client, model) -> None:
    data = {"path": "config.json", "content": "x"}
    answer = as_owner.post("/acme/model/new-file/main", data)
    assert answer.status_code == 400
    assert "already" in answer.text
    assert (
        as_owner.post("/acme/model/new-file/main/docs", {**data, "path": "docs/new.txt"}).status_code == 302
    )


def test_a_deletion_asks_first(as_owner: Client, model) -> None:
    assert as_owner.get("/acme/model/delete/main/config.json").status_code == 200
    assert text_of(model, "config.json") is not None
    assert as_owner.post("/acme/model/delete/main/config.json")["Location"] == "/acme/model/tree/main"
    assert text_of(model, "config.json") is None


def test_only_branches_can_be_changed(as_owner: Client, model: Repository) -> None:
    assert as_owner.get(f"/acme/model/edit/{model.head}/config.json").status_code == 400
