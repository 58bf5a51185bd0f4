from __future__ import annotations

from django.test import Client

from models_app.repositories.models import Repository
from tests.factories.large_files import commit_large_file, upload


def test_a_reader_copies_to_their_own_name(client: Client, as_stranger: Client, model: Repository) -> None:
    assert "/accounts/login" in client.get("/acme/model/duplicate")["Location"]
    assert as_stranger.get("/acme/model/duplicate").status_code == 200
    given = {"owner": "charlie", "name": "mine", "visibility": "private"}
    assert as_stranger.post("/acme/model/duplicate", given)["Location"] == "/charlie/mine"
    assert as_stranger.post("/acme/model/duplicate", given).status_code == 400
    assert as_stranger.get("/charlie/mine/blob/main/config.json").status_code == 200


def test_large_files_are_chosen_and_deleted(as_owner: Client, acme, model: Repository) -> None:
    sha256 = upload(model, b"weights" * 50)
    commit_large_file(model, acme, "w.bin", sha256)
    assert "w.bin" in as_owner.get("/acme/model/settings/large-files").text
    as_owner.post("/acme/model/settings/large-files/delete", {"file": [sha256]})
    assert as_owner.get("/acme/model/blob/main/w.bin").status_code == 404
    answer = as_owner.post("/acme/model/settings/large-files/delete", {"file": []}, follow=True)
    assert "large files" in answer.text


def test_a_history_is_squashed(as_owner: Client, model: Repository) -> None:
    as_owner.post("/acme/model/settings/squash", {"branch": "main", "message": "All of it"})
    assert "All of it" in as_owner.get("/acme/model/commits/main").text
    model.refresh_from_db()
    assert model.commit_count == 1
    answer = as_owner.post("/acme/model/settings/squash", {"branch": "no", "message": "x"}, follow=True)
    assert "Invalid rev id: no" in answer.text
