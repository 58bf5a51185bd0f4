from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache

from hub.accounts import selectors, services
from hub.accounts.models import AccessToken, Namespace, User
from hub.core import clock
from tests.factories.accounts import PASSWORD, actor_for, make_organization, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Attempts are counted in the cache, by address; each test is a visitor of its own."""
    cache.clear()


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def sign_up(client, name, **changes):
    form = {"username": name, "email": "new@example.org", "password1": PASSWORD}
    return client.post("/accounts/signup/", {**form, **changes})


def test_signing_up_makes_a_user_with_a_namespace_who_is_signed_in(client):
    assert sign_up(client, "Carol").status_code == 302
    user = User.objects.get(username="Carol")
    assert (user.namespace.key, user.namespace.kind, user.email) == ("carol", "user", "new@example.org")
    assert client.get("/settings/tokens").status_code == 200


@pytest.mark.parametrize("name", ["models", "a", "-x-", "acme", "ACME", "Alice", "a--b"])
def test_signing_up_refuses_names_that_cannot_be(client, alice, name):
    make_organization("acme", admin=alice)
    before = Namespace.objects.count()
    response = sign_up(client, name)
    assert response.context["form"].errors["username"]
    assert Namespace.objects.count() == before


@pytest.mark.parametrize(
    "changes", [{"password1": "123"}, {"email": "nonsense"}, {"email": ""}, {"email": "ALICE@example.org"}]
)
def test_signing_up_refuses_weak_passwords_and_addresses_that_cannot_be(client, alice, changes):
    assert sign_up(client, "carol", **changes).context["form"].errors
    assert User.objects.get() == alice


def test_sign_up_can_be_closed(client, settings):
    settings.SIGN_UP_OPEN = False
    assert "Ask them for one" in client.get("/accounts/signup/").content.decode()
    assert "Sign up" not in client.get("/accounts/login/").content.decode()
    sign_up(client, "carol")
    assert not User.objects.exists()


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
def test_signing_in_by_name_or_address(client, alice, login):
    response = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert response.status_code == 302
    assert client.get("/settings/profile").status_code == 200


def test_a_wrong_password_says_so(client, alice):
    response = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert response.context["form"].errors
    assert client.get("/settings/profile").status_code == 302


def test_a_forgotten_password_is_reset_by_mail(client, alice):
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    page = client.get(link.group(1), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "another staple", "password2": "another staple"})
    alice.refresh_from_db()
    assert alice.check_password("another staple")


@pytest.mark.parametrize(
    "path",
    [
        "login/", "signup/", "logout/", "password/reset/", "password/reset/done/", "inactive/",
        "confirm-email/", "password/reset/key/done/", "confirm-email/wrong/", "password/reset/key/1-wrong/",
    ],
)  # fmt: skip
def test_each_page_for_strangers_renders(client, path):
    assert client.get(f"/accounts/{path}").status_code in (200, 302)


@pytest.mark.parametrize("path", ["email/", "password/change/", "logout/", "reauthenticate/"])
def test_each_page_for_those_signed_in_renders(client, alice, path):
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert client.get(f"/accounts/{path}").status_code == 200


def test_the_profile_is_changed(signed_in, alice):
    form = {"full_name": "Alice A.", "about": "I measure.", "website": "https://alice.example"}
    assert signed_in.post("/settings/profile", form).status_code == 302
    alice.namespace.refresh_from_db()
    assert (alice.namespace.full_name, alice.namespace.website) == ("Alice A.", "https://alice.example")
    assert signed_in.post("/settings/profile", {"website": "javascript:alert(1)"}).status_code == 400


def test_a_token_is_shown_once(signed_in, alice):
    made = signed_in.post("/settings/tokens", {"name": "laptop", "scope": "write", "lifetime": "30"})
    secret = re.search(r"hf_[A-Za-z0-9]{36}", made.content.decode()).group()
    token = selectors.authenticate_token(secret).token
    assert timedelta(days=29) < token.expires_at - clock.now() < timedelta(days=31)
    later = signed_in.get("/settings/tokens").content.decode()
    assert f"…{secret[-4:]}" in later
    assert secret not in later


def test_a_fine_grained_token_holds_what_was_ticked(signed_in, alice):
    make_organization("acme", admin=alice)
    form = {
        "name": "nightly",
        "scope": "fineGrained",
        "lifetime": "never",
        "grant": ["namespace:acme=read", "namespace:acme=jobs", "public=read,discuss"],
        "repositories": "model:acme/t5=write\r\n\r\n",
    }
    assert signed_in.post("/settings/tokens", form).status_code == 200
    token = AccessToken.objects.get()
    assert token.expires_at is None
    assert token.grants == [
        {"on": "namespace:acme", "may": ["read", "jobs"]},
        {"on": "public", "may": ["read", "discuss"]},
        {"on": "repository:model:acme/t5", "may": ["write"]},
    ]


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"scope": "everything"},
        {"scope": "fineGrained"},
        {"scope": "fineGrained", "grant": "nonsense"},
        {"scope": "fineGrained", "repositories": "acme/t5"},
        {"lifetime": "12345"},
    ],
)
def test_a_token_form_that_makes_no_sense_is_answered(signed_in, form):
    whole = {"name": "x", "scope": "read", "lifetime": "30"}
    assert signed_in.post("/settings/tokens", {**whole, **form}).status_code == 400
    assert not AccessToken.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(signed_in, alice):
    mine = services.create_token(alice, "mine", "read").token
    other = services.create_token(make_user("bob"), "other", "read").token
    assert signed_in.post(f"/settings/tokens/{other.pk}/revoke").status_code == 404
    assert signed_in.post(f"/settings/tokens/{mine.pk}/revoke").status_code == 302
    assert list(AccessToken.objects.filter(revoked_at=None)) == [other]


@pytest.mark.parametrize("path", ["/settings/profile", "/settings/tokens", "/settings/organizations"])
def test_settings_are_for_people_who_signed_in(client, alice, path):
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {make_token(alice)}"}
    assert client.get(path, **bearer).status_code == 403
    assert client.post(path, {"name": "x", "scope": "write"}, **bearer).status_code in (403, 405)
    assert client.get(path, HTTP_AUTHORIZATION="Bearer hf_wrong").status_code == 401
    assert AccessToken.objects.count() == 1


def test_a_token_opens_neither_accounts_nor_the_operator_pages(client):
    root = make_user("operata", is_staff=True)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {make_token(root)}"}
    for path in ("/admin/", "/accounts/email/", "/accounts/password/change/"):
        assert client.get(path, **bearer).status_code == 302


def test_forms_need_the_csrf_token(alice):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/settings/tokens", {"name": "x", "scope": "write"}).status_code == 403
    assert not AccessToken.objects.exists()


def test_an_invitation_link_leads_through_sign_up_to_membership(client, alice):
    acme = make_organization("acme", admin=alice)
    link = f"/join/{services.invite(actor_for(alice), acme, 'new@example.org', 'write').secret}"
    page = client.get(link).content.decode()
    assert f"/accounts/signup/?next={link}" in page
    assert client.post(f"{link}/accept")["Location"].startswith("/accounts/login/")
    assert sign_up(client, "carol", next=link)["Location"] == link
    assert client.post(f"{link}/accept")["Location"] == "/acme"
    assert [row.role for row in selectors.organizations_of(User.objects.get(username="carol"))] == ["write"]
    assert client.get(link).status_code == 404


def test_organizations_are_listed_and_left(signed_in, alice):
    acme = make_organization("acme", members={alice: "read"})
    mine = make_organization("mine", admin=alice)
    assert "acme" in signed_in.get("/settings/organizations").content.decode()
    signed_in.post("/organizations/acme/leave")
    signed_in.post("/organizations/mine/leave")
    assert [row.organization for row in selectors.organizations_of(alice)] == [mine]
    assert acme.memberships.count() == 1
