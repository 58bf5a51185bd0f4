from __future__ import annotations

import hashlib
import re
import uuid
from datetime import timedelta

import pytest

from hub.accounts import policies, selectors, services, tokens
from hub.accounts.actors import Reach
from hub.accounts.models import AccessToken, TokenKind
from hub.activity.models import Event
from hub.core import clock
from hub.core.errors import InvalidCredentials, InvalidInput, PermissionRefused
from tests.factories.accounts import actor_for, make_organization, make_token, make_user, token_actor

pytestmark = pytest.mark.django_db
ON_ACME = [{"on": "namespace:acme", "may": ["jobs", "read"]}]


@pytest.fixture
def alice():
    return make_user("alice")


def test_only_the_hash_of_a_secret_is_kept(alice):
    token, secret = services.create_token(alice, "laptop", "write")
    assert re.fullmatch(r"hf_[A-Za-z0-9]{36}", secret)
    assert token.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (token.hint, secret in str(vars(token))) == (secret[-4:], False)


@pytest.mark.parametrize(
    ("name", "scope", "options"),
    [
        ("", "read", {}),
        ("x" * 101, "read", {}),
        ("x", "everything", {}),
        ("x", "read", {"expires_at": clock.now() - timedelta(days=1)}),
        ("x", "read", {"grants": ON_ACME}),
        ("x", "fineGrained", {}),
        ("x", "fineGrained", {"grants": ["public"]}),
        ("x", "fineGrained", {"grants": [{"on": "everything", "may": ["read"]}]}),
        ("x", "fineGrained", {"grants": [{"on": "public", "may": ["jobs"]}]}),
        ("x", "fineGrained", {"grants": [{"on": "namespace:acme", "may": []}]}),
        ("x", "write", {"kind": TokenKind.JOB, "job_id": uuid.uuid4()}),
        ("x", "fineGrained", {"grants": ON_ACME, "kind": TokenKind.JOB, "job_id": uuid.uuid4()}),
    ],
)
def test_it_refuses_tokens_that_make_no_sense(alice, name, scope, options):
    with pytest.raises(InvalidInput):
        services.create_token(alice, name, scope, **options)
    assert not AccessToken.objects.exists()


def test_grants_are_written_on_a_command_line():
    assert tokens.parse_grant("namespace:acme=read, jobs") == {
        "on": "namespace:acme",
        "may": ["read", "jobs"],
    }
    assert tokens.parse_grant("repository:dataset:acme/pairs=write")["may"] == ["write"]
    with pytest.raises(InvalidInput):
        tokens.parse_grant("acme")


def test_a_fine_grained_token_reaches_what_was_granted(alice):
    make_organization("acme", admin=alice)
    actor = token_actor(alice, "fineGrained", grants=ON_ACME)
    assert actor.reach_on_repository("model", "acme/t5", is_public=False) == Reach.READ
    assert actor.reach_on_repository("model", "alice/t5", is_public=False) == Reach.NOTHING
    assert actor.may_submit_jobs_for("acme")
    assert not actor.may_submit_jobs_for("alice")


def test_tokens_are_revoked_by_their_owner_in_a_session(alice):
    token, secret = services.create_token(alice, "laptop", "write")
    for refused in (actor_for(make_user("bob")), selectors.authenticate_token(secret)):
        with pytest.raises(PermissionRefused):
            services.revoke_token(refused, token)
    services.revoke_token(actor_for(alice), token)
    with pytest.raises(InvalidCredentials):
        selectors.authenticate_token(secret)
    assert list(selectors.tokens_of(alice)) == []


def test_the_end_of_a_job_ends_its_tokens_and_no_others(alice):
    job, other = uuid.uuid4(), uuid.uuid4()
    later = clock.now() + timedelta(hours=1)
    mine, others = (
        make_token(alice, "fineGrained", grants=ON_ACME, kind=TokenKind.JOB, job_id=key, expires_at=later)
        for key in (job, other)
    )
    services.revoke_job_tokens(job)
    services.revoke_job_tokens(job)
    with pytest.raises(InvalidCredentials):
        selectors.authenticate_token(mine)
    assert selectors.authenticate_token(others).token.job_id == other
    assert not Event.objects.filter(thing_kind="token").exists()


def test_tokens_of_jobs_administer_nothing(alice):
    acme = make_organization("acme", admin=alice)
    job_token = token_actor(
        alice,
        "fineGrained",
        grants=[{"on": "namespace:acme", "may": ["admin"]}],
        kind=TokenKind.JOB,
        job_id=uuid.uuid4(),
        expires_at=clock.now() + timedelta(hours=1),
    )
    assert not policies.may_administer(job_token, acme)
    assert not policies.may_manage_tokens(job_token)
    with pytest.raises(PermissionRefused):
        services.invite(job_token, acme, "carol@example.org", "read")


def test_tokens_administer_as_far_as_they_reach(alice):
    acme = make_organization("acme", admin=alice)
    assert policies.may_administer(actor_for(alice), acme)
    assert policies.may_administer(token_actor(alice, "write"), acme)
    assert not policies.may_administer(token_actor(alice, "read"), acme)
    assert not policies.may_administer(token_actor(alice, "fineGrained", grants=ON_ACME), acme)
    assert policies.may_see_inside(token_actor(alice, "fineGrained", grants=ON_ACME), acme)
    assert not policies.may_see_inside(actor_for(make_user("bob")), acme)


def test_operators_act_everywhere_but_never_through_a_token():
    acme = make_organization("acme")
    root = make_user("operata", is_staff=True)
    assert policies.may_administer(actor_for(root), acme)
    assert not policies.may_administer(token_actor(root), acme)
