from __future__ import annotations

import pytest

from hub.accounts import services as accounts
from hub.accounts.models import Role
from hub.activity.models import Event
from hub.webhooks import services as webhooks
from hub.webhooks.services import Watched, Wish
from models_app.announcements import services
from models_app.discussions import services as discussions
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.repositories import commit_files, make_repository


@pytest.fixture
def people(db):
    """Owner of acme, a member with the read role, a stranger; each watches acme."""
    owner, member, stranger = make_user("owner"), make_user("member"), make_user("stranger")
    acme = make_organization("acme", admin=owner, members={member: Role.READ})
    for person in (owner, member, stranger):
        watch(person, "org", "acme")
    return acme, owner, member, stranger


def watch(person, type_, name, **more):
    wish = Wish("https://ci.example.org/x", [Watched(type_, name)], **more)
    return webhooks.create(actor_for(person), wish)


def announced(verb):
    """Who was told of the newest such event, and what."""
    event = Event.objects.filter(verb=verb).latest("pk")
    services.announce(event.pk)
    services.announce(event.pk)
    return {
        delivery.webhook.owner.username: delivery.payload
        for person in ("owner", "member", "stranger")
        for webhook in webhooks.Webhook.objects.filter(owner__username=person)
        for delivery in webhook.deliveries.filter(event_id=event.pk)
    }


def test_it_tells_of_a_commit(people):
    acme = people[0]
    repository = make_repository(acme, "open")
    result = commit_files(repository, acme, {"a.txt": "a"})
    told = announced("commit")
    assert set(told) == {"owner", "member", "stranger"}
    payload = told["stranger"]
    assert payload["event"] == {"action": "update", "scope": "repo.content"}
    assert payload["repo"]["name"] == "acme/open"
    assert payload["repo"]["headSha"] == result.commit
    assert payload["repo"]["url"]["api"].endswith("/api/models/acme/open")
    assert payload["updatedRefs"] == [
        {"ref": "refs/heads/main", "oldSha": result.parent, "newSha": result.commit}
    ]
    assert payload["webhook"]["version"] == 3


def test_it_tells_of_private_things_only_those_inside(people):
    acme, owner, member, _stranger = people
    repository = make_repository(acme, "hidden", "dataset", private=True)
    assert set(announced("repository.created")) == {"owner", "member"}
    accounts.remove_member(None, acme, member)
    repositories.delete(actor_for(owner), repository)
    told = announced("repository.deleted")
    assert set(told) == {"owner"}
    assert (told["owner"]["repo"]["type"], told["owner"]["repo"]["private"]) == ("dataset", True)


def test_what_was_private_when_it_happened_stays_inside(people):
    acme, owner, _member, _stranger = people
    repository = make_repository(acme, "hidden", private=True)
    repositories.update_settings(actor_for(owner), repository, visibility="public")
    assert set(announced("repository.created")) == {"owner", "member"}
    assert announced("repository.settings")["owner"]["updatedConfig"] == {"private": False}


def test_it_tells_of_a_comment(people):
    acme, owner, _member, stranger = people
    repository = make_repository(acme, "open")
    discussion = discussions.open(actor_for(stranger), repository, title="Why", description="First")
    opened = announced("discussion.opened")["owner"]
    assert (opened["comment"]["content"], opened["discussion"]["isPullRequest"]) == ("First", False)
    event = discussions.comment(actor_for(owner), discussion, "Second")
    payload = announced("discussion.commented")["owner"]
    assert payload["event"] == {"action": "create", "scope": "discussion.comment"}
    assert (payload["discussion"]["num"], payload["comment"]["id"]) == (1, event.pk)
    assert payload["comment"]["content"] == "Second"


def test_it_tells_under_the_name_before_a_move(people):
    acme, owner, _member, stranger = people
    repository = make_repository(acme, "open")
    watch(stranger, "model", "Acme/Open", domains=["repo"])
    repositories.move(actor_for(owner), repository, "acme/renamed")
    payload = announced("repository.moved")["stranger"]
    assert (payload["repo"]["name"], payload["movedTo"]["name"]) == ("acme/open", "acme/renamed")


def test_it_keeps_to_the_domains(people):
    acme, _owner, _member, stranger = people
    webhooks.Webhook.objects.all().delete()
    watch(stranger, "org", "acme", domains=["discussion"])
    make_repository(acme, "open")
    assert announced("repository.created") == {}
