from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse

from hub.accounts.middleware import ActorMiddleware
from hub.accounts.models import AccessToken
from hub.accounts.requests import actor_of
from hub.core import clock
from hub.core.errors import InvalidCredentials
from tests.factories.accounts import make_organization, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_with(rf):
    def build(authorization="", user=None, **headers):
        extra = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
        request = rf.post("/anything", **extra, **headers)
        chain = AuthenticationMiddleware(ActorMiddleware(lambda _request: HttpResponse()))
        SessionMiddleware(lambda _request: HttpResponse()).process_request(request)
        if user:
            request.session["_auth_user_id"] = str(user.pk)
            request.session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
            request.session["_auth_user_hash"] = user.get_session_auth_hash()
        chain(request)
        return request

    return build


def basic(secret):
    return "Basic " + base64.b64encode(f"anyone:{secret}".encode()).decode()


def test_it_knows_nobody(request_with):
    assert not actor_of(request_with()).is_authenticated


def test_it_knows_a_session_and_its_roles(request_with):
    alice = make_user("alice")
    acme = make_organization("acme", admin=alice)
    actor = actor_of(request_with(user=alice))
    assert (actor.name, actor.token) == ("alice", None)
    assert actor.role_in(acme.pk) == actor.role_in(alice.namespace_id) == "admin"


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "basic"])
def test_it_reads_tokens_in_each_form(request_with, form):
    secret = make_token(make_user("alice"))
    header = basic(secret) if form == "basic" else form.format(secret)
    assert actor_of(request_with(header)).name == "alice"


def test_a_token_wins_over_a_session(request_with):
    request = request_with(f"Bearer {make_token(make_user('alice'))}", user=make_user("bob"))
    assert actor_of(request).name == "alice"
    assert not request.user.is_authenticated


@pytest.mark.parametrize("header", ["Bearer hf_wrong", "Bearer ", "Basic ???", "Basic aGk=", "Bearer é"])
def test_a_bad_token_raises_only_when_somebody_asks(request_with, header):
    request = request_with(header)
    assert not request.actor.is_authenticated
    with pytest.raises(InvalidCredentials):
        actor_of(request)


def test_ends_of_tokens_end_them(request_with):
    alice = make_user("alice")
    header = f"Bearer {make_token(alice, expires_at=clock.now() + timedelta(hours=1))}"
    assert actor_of(request_with(header)).is_authenticated
    for change in ({"expires_at": clock.now()}, {"expires_at": None, "revoked_at": clock.now()}):
        AccessToken.objects.update(**change)
        with pytest.raises(InvalidCredentials):
            actor_of(request_with(header))
    AccessToken.objects.update(revoked_at=None)
    alice.is_active = False
    alice.save()
    with pytest.raises(InvalidCredentials):
        actor_of(request_with(header))


def test_it_costs_few_queries_and_notes_use_once_a_minute(request_with, django_assert_max_num_queries):
    header = f"Bearer {make_token(make_user('alice'))}"
    with django_assert_max_num_queries(3):
        actor_of(request_with(header))
    assert AccessToken.objects.get().last_used_at is not None
    request = request_with(header)
    with django_assert_max_num_queries(2):
        actor_of(request)
        actor_of(request)


def exempt(request):
    return getattr(request, "_dont_enforce_csrf_checks", False)


def test_only_what_a_browser_cannot_forge_is_free_of_csrf_checks(request_with):
    secret = make_token(make_user("alice"))
    assert exempt(request_with(f"Bearer {secret}"))
    assert exempt(request_with(basic(secret)))
    assert not exempt(request_with(basic(secret), HTTP_SEC_FETCH_SITE="cross-site"))
    assert not exempt(request_with())
    assert not exempt(request_with("Digest whatever"))
