from __future__ import annotations

from django.test import Client

from models_app.repositories.models import Repository


def test_it_makes_private_and_public(client: Client, as_owner: Client, model: Repository) -> None:
    as_owner.post("/acme/model/settings/visibility", {"visibility": "private"})
    assert client.get("/acme/model").status_code == 404
    as_owner.post("/acme/model/settings/visibility", {"visibility": "public"})
    assert client.get("/acme/model").status_code == 200


def test_it_renames_and_transfers(as_owner: Client, model: Repository) -> None:
    answer = as_owner.post("/acme/model/settings/move", {"owner": "alice", "name": "better"})
    assert answer["Location"] == "/alice/better/settings"
    assert as_owner.get("/acme/model")["Location"] == "/alice/better"


def test_a_bad_or_taken_name_is_refused_in_place(as_owner: Client, model, secret) -> None:
    for name in ("secret", "no spaces", "a..b"):
        answer = as_owner.post("/acme/model/settings/move", {"owner": "acme", "name": name})
        assert answer.status_code == 400
        assert answer.context["move_form"].errors
        assert answer.context["repository"].full_id == "acme/model"


def test_deletion_needs_the_name(as_owner: Client, model: Repository) -> None:
    assert as_owner.post("/acme/model/settings/delete", {"confirm": "model"}).status_code == 400
    assert as_owner.post("/acme/model/settings/delete", {"confirm": "acme/model"})["Location"] == "/acme"
    assert not Repository.objects.filter(pk=model.pk).exists()


def test_a_new_repository_begins_with_its_licence(as_owner: Client, acme) -> None:
    data = {"owner": "acme", "name": "fresh", "visibility": "private", "licence": "mit"}
    assert as_owner.post("/new-dataset", data)["Location"] == "/datasets/acme/fresh"
    row = Repository.objects.get(key="fresh")
    assert (row.type, row.visibility, row.licence) == ("dataset", "private", "mit")


def test_a_name_that_is_taken_is_said_beside_the_form(as_owner: Client, model) -> None:
    answer = as_owner.post("/new", {"owner": "acme", "name": "Model", "visibility": "public", "licence": ""})
    assert answer.status_code == 400
    assert "already exists" in answer.text


def test_nobody_creates_for_others(as_stranger: Client, model) -> None:
    answer = as_stranger.post("/new", {"owner": "acme", "name": "x", "visibility": "public"})
    assert answer.status_code == 400
    assert not Repository.objects.filter(key="x").exists()


def test_branches_are_protected_by_patterns(as_owner: Client, model: Repository) -> None:
    url = "/acme/model/settings/protection"
    assert ">main</textarea>" in as_owner.get("/acme/model/settings").content.decode().replace("\n", "")
    as_owner.post(url, {"protected_branches": "main\r\nrelease/*\r\n"})
    model.refresh_from_db()
    assert model.protected_branches == ["main", "release/*"]
    refused = as_owner.post(url, {"protected_branches": "no [sets]"})
    assert refused.status_code == 400
    assert "is no pattern of branches" in refused.content.decode()
