from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from hub.accounts import selectors
from hub.accounts.models import Role, TokenScope
from hub.accounts.selectors import actor_for_user, get_user
from hub.core.errors import InvalidCredentials
from models_app.repositories import services as repositories

pytestmark = pytest.mark.django_db


@pytest.fixture
def manage(capsys):
    def run(*arguments):
        call_command(*arguments)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def acme(manage):
    manage("create_user", "alice", "--email=alice@example.org", "--password=secret")
    manage("create_organization", "acme", "--admin=alice")
    return selectors.get_organization("acme")


def test_they_print_what_they_made(manage):
    assert manage("create_user", "alice", "--staff") == ["Created user alice (staff)."]
    assert manage("create_organization", "acme", "--admin", "alice") == [
        "Created organization acme with admin alice."
    ]
    manage("create_user", "bob")
    assert manage("set_member", "acme", "bob", "write") == ["bob has the role write in acme."]
    assert manage("remove_member", "acme", "bob") == ["bob is no longer a member of acme."]


def test_they_may_be_repeated(manage, acme):
    manage("create_user", "bob")
    assert manage("create_user", "Bob", "--exist-ok") == ["Found user bob."]
    again = json.loads(manage("create_organization", "ACME", "--admin=bob", "--exist-ok", "--json")[0])
    assert again == {"name": "acme", "admin": "bob", "created": False}
    assert {m.role for m in selectors.members_of(acme)} == {Role.ADMIN}
    for repeated in (("create_user", "alice"), ("create_organization", "acme", "--admin=alice")):
        with pytest.raises(CommandError, match="taken"):
            manage(*repeated)


@pytest.mark.parametrize(
    "arguments",
    [
        ("create_user", "models"),
        ("create_user", "carol", "--email=nonsense"),
        ("create_organization", "other", "--admin=nobody"),
        ("create_organization", "alice", "--admin=alice", "--exist-ok"),
        ("set_member", "alice", "alice", "read"),
        ("set_member", "acme", "alice", "read"),
        ("remove_member", "acme", "alice"),
        ("create_token", "nobody"),
        ("create_token", "alice", "--scope=fineGrained"),
        ("create_token", "alice", "--scope=fineGrained", "--grant=acme"),
        ("create_token", "alice", "--expires=0"),
        ("revoke_token", "4711"),
    ],
)
def test_they_refuse_with_a_sentence(manage, acme, arguments):
    with pytest.raises(CommandError):
        manage(*arguments)


def test_the_last_line_of_a_token_is_its_secret(manage, acme):
    secret = manage("create_token", "alice", "--scope=write", "--expires=30")[-1]
    actor = selectors.authenticate_token(secret)
    assert (actor.name, actor.token.scope, actor.token.expires_at is None) == ("alice", "write", False)
    manage("revoke_token", secret)
    with pytest.raises(InvalidCredentials):
        selectors.authenticate_token(secret)


def test_fine_grained_tokens_take_grants(manage, acme):
    grants = ["--grant=namespace:acme=read,jobs", "--grant=public=read"]
    made = json.loads(manage("create_token", "alice", "--scope=fineGrained", "--json", *grants)[0])
    actor = selectors.authenticate_token(made["token"])
    assert actor.token.scope == TokenScope.FINE_GRAINED
    assert actor.may_submit_jobs_for("acme")


def test_they_list_accounts_without_secrets(manage, acme):
    secret = manage("create_token", "alice")[-1]
    lines = manage("list_accounts", "--tokens")
    assert any("alice (admin)" in line for line in lines)
    assert any(secret[-4:] in line for line in lines)
    assert not any(secret in line for line in lines)
    objects = [json.loads(line) for line in manage("list_accounts", "--json", "--tokens")]
    assert [o["kind"] for o in objects] == ["user", "organization", "token"]


def test_an_organization_may_keep_what_it_makes_private(db: None) -> None:
    call_command("create_user", "alice")
    call_command("create_organization", "acme", "--admin=alice", "--private-by-default")
    repository = repositories.create(actor_for_user(get_user("alice")), "model", "acme/m")
    assert repository.is_private
