from __future__ import annotations

import pytest

from hub.accounts.models import Role
from hub.core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from models_app.collections import selectors, services
from models_app.collections.selectors import Wanted
from models_app.collections.services import Change
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor
from tests.factories.repositories import make_repository


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def actor(alice):
    return actor_for(alice)


@pytest.fixture
def collection(actor):
    return services.create(actor, "alice", title="Small & fast: 2026!")


def test_it_is_found_by_every_slug_it_ever_had(actor, collection):
    old = collection.slug
    assert old == f"alice/small-fast-2026-{collection.pk}"
    services.update(actor, collection, Change(title="Tiny"))
    assert selectors.get(actor, old).slug == f"alice/tiny-{collection.pk}"
    for wrong in ("alice/tiny", f"bob/tiny-{collection.pk}", "alice", "alice/" + "0" * 24):
        with pytest.raises(NotFound):
            selectors.get(actor, wrong)


def test_a_title_is_taken_once_in_a_namespace(actor, collection):
    with pytest.raises(Conflict) as refused:
        services.create(actor, "alice", title=" Small &  fast: 2026! ")
    assert refused.value.fields["slug"] == collection.slug


def test_a_private_one_is_invisible_to_others(actor, collection):
    other = actor_for(make_user("bob"))
    services.update(actor, collection, Change(private=True))
    with pytest.raises(NotFound):
        selectors.get(other, collection.slug)
    assert [c.pk for c in selectors.visible_collections(actor)] == [collection.pk]
    assert not selectors.visible_collections(other).exists()


def test_a_narrow_token_does_not_see_the_private_ones_of_its_person(alice, actor, collection):
    services.update(actor, collection, Change(private=True))
    narrow = token_actor(alice, "fineGrained", grants=[{"on": "public", "may": ["read"]}])
    assert not selectors.visible_collections(narrow).exists()
    with pytest.raises(PermissionRefused):
        services.create(token_actor(alice, "read"), "alice", title="No")


def test_items_keep_their_order(actor, alice, collection):
    names = ["a", "b", "c"]
    items = [
        services.add_item(actor, collection, "model", make_repository(alice, name).full_id) for name in names
    ]
    services.update_item(actor, items[2], position=0, note="First now")
    services.remove_item(actor, items[0])
    shown = selectors.show_one(actor, collection).items
    assert [(i.repository.name, i.position, i.note) for i in shown] == [("c", 0, "First now"), ("b", 1, "")]


def test_each_thing_is_held_once_and_must_exist(actor, alice, collection):
    make_repository(alice, "a")
    services.add_item(actor, collection, "model", "alice/a")
    services.add_item(actor, collection, "paper", "1706.03762")
    other = services.create(actor, "alice", title="Other")
    services.add_item(actor, collection, "collection", other.slug)
    for type_, id_ in (("model", "alice/a"), ("paper", "1706.03762"), ("collection", other.slug)):
        with pytest.raises(Conflict):
            services.add_item(actor, collection, type_, id_)
    for type_, id_ in (
        ("dataset", "alice/a"),
        ("space", "alice/a"),
        ("paper", "x"),
        ("collection", "alice/x"),
    ):
        with pytest.raises(NotFound):
            services.add_item(actor, collection, type_, id_)
    with pytest.raises(InvalidInput):
        services.add_item(actor, collection, "collection", collection.slug)


def test_notes_are_bounded(actor, alice, collection):
    make_repository(alice, "a")
    with pytest.raises(InvalidInput):
        services.add_item(actor, collection, "model", "alice/a", note="x" * 501)


def test_private_things_in_a_public_collection_stay_hidden(
    actor, alice, collection, django_assert_num_queries
):
    other = actor_for(make_user("bob"))
    make_repository(alice, "hidden", private=True)
    secret = services.create(actor, "alice", title="Secret", private=True)
    services.add_item(actor, collection, "model", "alice/hidden")
    services.add_item(actor, collection, "collection", secret.slug)
    with pytest.raises(NotFound):
        services.add_item(other, services.create(other, "bob", title="B"), "model", "alice/hidden")
    with django_assert_num_queries(4):
        assert selectors.show_one(other, collection).items == []
    assert len(selectors.show_one(actor, collection).items) == 2
    held = Wanted(items=[("model", "alice/hidden")])
    assert (
        selectors.list_collections(other, held).count(),
        selectors.list_collections(actor, held).count(),
    ) == (0, 1)


def test_members_change_what_their_role_lets_them(alice):
    bob = make_user("bob")
    make_organization("acme", admin=alice, members={bob: Role.READ})
    actor = actor_for(alice)
    collection = services.create(actor, "acme", title="Ours", private=True)
    assert selectors.get(actor_for(bob), collection.slug) == collection
    with pytest.raises(PermissionRefused):
        services.update(actor_for(bob), collection, Change(title="Mine"))
    assert selectors.changeable_by(actor_for(bob)) == []
    assert selectors.changeable_by(actor) == [collection]
