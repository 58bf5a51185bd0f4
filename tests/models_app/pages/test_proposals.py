from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from models_app.commits.operations import AddFile
from models_app.discussions import pull_requests, selectors
from models_app.repositories import selectors as repositories
from tests.factories.accounts import actor_for
from tests.factories.repositories import commit_files

BASE = "/acme/model/discussions"


def propose(user, model, content="{}\n"):
    operations = [AddFile("config.json", content.encode())]
    return pull_requests.propose(actor_for(user), model, "main", operations, summary="Better").discussion


def test_an_edit_by_a_reader_becomes_a_pull_request(as_stranger: Client, model) -> None:
    page = as_stranger.get("/acme/model/edit/main/config.json")
    assert "Propose the change" in page.text
    assert "Commit to main" not in page.text
    data = {**page.context["form"].initial, "content": "{}", "summary": "Empty it"}
    answer = as_stranger.post("/acme/model/edit/main/config.json", data)
    assert answer["Location"] == f"{BASE}/1"
    pull = selectors.get(model, 1)
    assert (pull.title, pull.status, pull.author.username) == ("Empty it", "open", "charlie")
    assert repositories.resolve(model, "main").commit != repositories.resolve(model, pull.ref).commit


def test_a_writer_may_ask_too_also_for_uploads_and_deletions(as_owner: Client, model) -> None:
    head = model.head
    data = {"chosen": [SimpleUploadedFile("a.txt", b"x")], "propose": "1"}
    assert as_owner.post("/acme/model/upload/main", data)["Location"] == f"{BASE}/1"
    assert as_owner.post("/acme/model/delete/main/docs", {"propose": "1"})["Location"] == f"{BASE}/2"
    assert repositories.resolve(model, "main").commit == head


def test_its_page_shows_the_changes_and_merges(
    as_owner: Client, as_stranger: Client, stranger, model
) -> None:
    propose(stranger, model)
    assert "Pull request, open" in as_owner.get(BASE).text
    seen = as_stranger.get(f"{BASE}/1").text
    assert "T5ForConditionalGeneration" in seen
    assert "Merge into main" not in seen
    assert "Merge into main" in as_owner.get(f"{BASE}/1").text
    assert as_stranger.post(f"{BASE}/1/merge").status_code == 403
    answer = as_owner.post(f"{BASE}/1/merge", follow=True)
    assert "The pull request was merged." in answer.text
    assert "Merge commit" in answer.text
    assert [d.number for d in as_owner.get(f"{BASE}?status=closed").context["page"].discussions] == [1]


def test_it_names_the_files_that_stand_against_a_merge(as_owner: Client, acme, stranger, model) -> None:
    propose(stranger, model)
    commit_files(model, acme, {"config.json": '{"other": 1}\n'})
    page = as_owner.get(f"{BASE}/1").text
    assert "cannot be merged" in page
    assert "Merge into main" not in page
    assert as_owner.post(f"{BASE}/1/merge").status_code == 302
    assert selectors.get(model, 1).status == "open"


def test_a_draft_is_published_by_its_author(as_stranger: Client, as_owner: Client, stranger, model) -> None:
    pull_requests.start(actor_for(stranger), model, title="Soon", description="x")
    assert "Publish the draft" in as_stranger.get(f"{BASE}/1").text
    as_stranger.post(f"{BASE}/1/comment", {"status": "open"})
    assert selectors.get(model, 1).status == "open"
    as_owner.post(f"{BASE}/1/comment", {"status": "closed"})
    assert "Pull request, closed" in as_owner.get(f"{BASE}/1").text


def test_the_list_can_be_narrowed_to_pull_requests(as_owner: Client, owner, model) -> None:
    propose(owner, model)
    as_owner.post(f"{BASE}/new", {"title": "Q", "description": "x"})
    assert [d.number for d in as_owner.get(f"{BASE}?type=pull_request").context["page"].discussions] == [1]
    assert [d.number for d in as_owner.get(f"{BASE}?type=discussion").context["page"].discussions] == [2]
