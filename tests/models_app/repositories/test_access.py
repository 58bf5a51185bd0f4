import pytest

from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import Role
from hub.core.errors import PermissionRefused, RepositoryMoved, RepositoryNotFound
from models_app.repositories import services
from models_app.repositories.access import Need, can, get_repository_for, visible_to
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    """Admin, member by role, stranger and nobody."""
    users = {role.value: make_user(f"{role.value}-person") for role in Role}
    acme = make_organization(
        "acme", admin=users["admin"], members={users[r.value]: r for r in Role if r != "admin"}
    )
    actors = {name: actor_for(user) for name, user in users.items()}
    actors |= {"stranger": actor_for(make_user("stranger")), "nobody": ANONYMOUS}
    return acme, actors


@pytest.mark.parametrize(
    ("need", "private", "allowed"),
    [
        (Need.READ, False, {"read", "contributor", "write", "admin", "stranger", "nobody"}),
        (Need.READ, True, {"read", "contributor", "write", "admin"}),
        (Need.CONTRIBUTE, False, {"read", "contributor", "write", "admin", "stranger"}),
        (Need.CONTRIBUTE, True, {"contributor", "write", "admin"}),
        (Need.WRITE, False, {"write", "admin"}),
        (Need.WRITE, True, {"write", "admin"}),
        (Need.ADMIN, False, {"admin"}),
    ],
)
def test_it_grants_what_the_role_gives(people, need, private, allowed):
    acme, actors = people
    repository = make_repository(acme, "m", private=private)
    assert {name for name, actor in actors.items() if can(actor, repository, need)} == allowed
    for name, actor in actors.items():
        try:
            get_repository_for(actor, "model", "acme/m", need)
            assert name in allowed
        except PermissionRefused:
            assert can(actor, repository, Need.READ)
        except RepositoryNotFound:
            assert not can(actor, repository, Need.READ)


def test_it_lets_creators_administer_what_they_made(people):
    _, actors = people
    made = services.create(actors["write"], "model", "acme/mine")
    assert can(actors["write"], made, Need.ADMIN)


def test_it_narrows_rights_to_what_the_token_reaches(people):
    user = make_user("olga")
    private = make_repository(user, "secret", private=True)
    other = make_repository(user, "other", private=True)
    reader = token_actor(user, "read")
    assert can(reader, private, Need.READ)
    assert not can(reader, private, Need.WRITE)
    fine = token_actor(user, "fineGrained", grants=[{"on": "repository:model:olga/secret", "may": ["write"]}])
    assert can(fine, private, Need.WRITE)
    assert not can(fine, private, Need.ADMIN)
    assert not can(fine, other, Need.READ)
    assert list(visible_to(fine)) == [private]
    assert set(visible_to(reader)) == {private, other}


def test_it_lists_what_it_lets_read(people, django_assert_num_queries):
    acme, actors = people
    for name, private in (("open", False), ("closed", True)):
        make_repository(acme, name, private=private)
    for actor in actors.values():
        with django_assert_num_queries(1):
            shown = {row.name: can(actor, row, Need.READ) for row in visible_to(actor)}
        assert all(shown.values())
        assert ("closed" in shown) == (actor.user is not None and actor.name != "stranger")


def test_it_finds_names_in_any_case_with_one_query(people, django_assert_num_queries):
    acme, _ = people
    make_repository(acme, "Big-Model")
    with django_assert_num_queries(1):
        assert get_repository_for(ANONYMOUS, "model", "ACME/big-MODEL").full_id == "acme/Big-Model"
    for full_id in ("acme", "acme/", "/m", "a/b/c", "acme/none", "none/m"):
        with pytest.raises(RepositoryNotFound):
            get_repository_for(ANONYMOUS, "model", full_id)
    with pytest.raises(RepositoryNotFound):
        get_repository_for(ANONYMOUS, "dataset", "acme/big-model")


def test_it_follows_old_names_only_for_those_who_may_read(people):
    acme, actors = people
    repository = make_repository(acme, "old", private=True)
    services.move(actors["admin"], repository, "acme/new")
    with pytest.raises(RepositoryMoved) as moved:
        get_repository_for(actors["read"], "model", "acme/OLD")
    assert moved.value.new_id == "acme/new"
    with pytest.raises(RepositoryNotFound):
        get_repository_for(ANONYMOUS, "model", "acme/old")


def test_it_says_when_a_repository_is_disabled(people):
    acme, actors = people
    repository = make_repository(acme, "m")
    repository.is_disabled = True
    repository.save()
    with pytest.raises(PermissionRefused, match=r"^Access to this resource is disabled\.$"):
        get_repository_for(actors["admin"], "model", "acme/m")
