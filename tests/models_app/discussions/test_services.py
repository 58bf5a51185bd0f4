from __future__ import annotations

import pytest

from hub.accounts.models import Role
from hub.activity.models import Event
from hub.core.errors import InvalidInput, NotFound, PermissionRefused
from models_app.discussions import selectors, services
from models_app.discussions.models import Discussion, DiscussionStatus
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return actor_for(make_user("alice"))


@pytest.fixture
def stranger():
    return actor_for(make_user("charlie"))


@pytest.fixture
def repository(owner):
    return make_repository(owner.user, "model")


def start(actor, repository) -> Discussion:
    return services.open(actor, repository, title="  A \n question ", description="How?\r\nWhy?")


def test_it_opens_with_the_first_comment(owner, repository) -> None:
    discussion = start(owner, repository)
    assert (discussion.number, discussion.title, discussion.status) == (1, "A question", "open")
    [event] = selectors.events_of(selectors.get(repository, 1))
    assert (event.kind, event.text, event.author) == ("comment", "How?\nWhy?", owner.user)
    assert Event.objects.get(verb="discussion.opened").thing_url == "/alice/model/discussions/1"


def test_it_numbers_each_repository_from_one(owner, repository) -> None:
    other = make_repository(owner.user, "other")
    assert [start(owner, repository).number for _ in range(3)] == [1, 2, 3]
    assert start(owner, other).number == 1


def test_it_takes_the_next_number_when_somebody_was_faster(owner, repository, monkeypatch) -> None:
    start(owner, repository)
    seen = iter([0, 0, 1])
    monkeypatch.setattr(selectors, "last_number", lambda _repository: next(seen))
    assert start(owner, repository).number == 2
    assert Event.objects.filter(verb="discussion.opened").count() == 2


def test_it_lets_anyone_signed_in_discuss_what_is_public(stranger, repository) -> None:
    discussion = start(stranger, repository)
    services.comment(stranger, discussion, "More")
    assert len(selectors.events_of(discussion)) == 2


def test_it_refuses_readers_of_a_private_organization(owner) -> None:
    reader = make_user("bob")
    acme = make_organization("acme", admin=owner.user, members={reader: Role.READ})
    private = make_repository(acme, "secret", private=True)
    with pytest.raises(PermissionRefused):
        start(actor_for(reader), private)


def test_it_closes_with_a_last_word_and_reopens(owner, repository) -> None:
    discussion = start(owner, repository)
    services.set_status(owner, discussion, DiscussionStatus.CLOSED, text="Done.")
    assert services.set_status(owner, discussion, DiscussionStatus.CLOSED) is None
    kinds = [(event.kind, event.data) for event in selectors.events_of(discussion)]
    assert kinds == [("comment", {}), ("comment", {}), ("status-change", {"status": "closed"})]
    services.set_status(owner, discussion, DiscussionStatus.OPEN)
    assert selectors.get(repository, 1).status == "open"


def test_it_lets_only_the_author_and_writers_close_and_rename(owner, stranger, repository) -> None:
    discussion = start(owner, repository)
    with pytest.raises(PermissionRefused):
        services.set_status(stranger, discussion, DiscussionStatus.CLOSED)
    with pytest.raises(PermissionRefused):
        services.rename(stranger, discussion, "Mine")
    theirs = start(stranger, repository)
    services.rename(stranger, theirs, "Better")
    services.rename(owner, theirs, "Best")
    changes = [event.data for event in selectors.events_of(theirs) if event.kind == "title-change"]
    assert changes == [{"from": "A question", "to": "Better"}, {"from": "Better", "to": "Best"}]


def test_it_keeps_what_was_said_before_an_edit(owner, stranger, repository) -> None:
    discussion = start(owner, repository)
    event = services.comment(owner, discussion, "first")
    services.edit_comment(owner, event, "second")
    with pytest.raises(PermissionRefused):
        services.edit_comment(stranger, event, "third")
    event = selectors.get_event(discussion, event.pk.upper())
    assert (event.text, event.data["edited"], event.data["history"][0]["raw"]) == ("second", True, "first")


def test_it_hides_for_good(owner, stranger, repository) -> None:
    discussion = start(owner, repository)
    event = services.comment(stranger, discussion, "secret")
    services.edit_comment(stranger, event, "still secret")
    services.hide_comment(owner, event)
    event = selectors.get_event(discussion, event.pk)
    assert (event.text, event.data["hidden"], "history" in event.data) == ("", True, False)
    with pytest.raises(InvalidInput):
        services.edit_comment(stranger, event, "back")


@pytest.mark.parametrize(
    ("title", "text"), [("", "x"), (" \n", "x"), ("x" * 301, "x"), ("x", ""), ("x", "x" * 65_537)]
)
def test_it_refuses_empty_and_overlong_texts(owner, repository, title: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        services.open(owner, repository, title=title, description=text)
    assert not Discussion.objects.exists()


def test_it_stores_what_every_database_can(owner, repository) -> None:
    services.open(owner, repository, title="a\0b\ud800", description="c\0d\udfff")
    discussion = selectors.get(repository, 1)
    assert (discussion.title, discussion.events.get().text) == ("ab?", "cd?")


def test_it_pages_by_number_and_counts(owner, repository, django_assert_num_queries) -> None:
    for _ in range(5):
        start(owner, repository)
    services.set_status(owner, selectors.get(repository, 2), DiscussionStatus.CLOSED)
    with django_assert_num_queries(2):
        first = selectors.page_of(repository, status=None, limit=3)
        assert selectors.counts(repository) == selectors.DiscussionCounts(open=4, closed=1)
        assert [each.author.username for each in first.discussions] == ["alice"] * 3
    assert [each.number for each in first.discussions] == [5, 4, 3]
    rest = selectors.page_of(repository, status=DiscussionStatus.OPEN, before=first.next_before, limit=3)
    assert ([each.number for each in rest.discussions], rest.next_before) == ([1], None)


def test_it_does_not_know_a_number_that_was_not_given(repository) -> None:
    with pytest.raises(NotFound):
        selectors.get(repository, 7)
