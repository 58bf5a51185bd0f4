from __future__ import annotations

import pytest

from hub.accounts.models import User
from tests.factories.accounts import make_organization, make_token, make_user

pytestmark = pytest.mark.django_db
TABLES = ["accounts/user", "accounts/namespace", "accounts/membership", "accounts/invitation"]
TABLES += ["accounts/accesstoken", "activity/event"]


@pytest.fixture
def operator(client):
    client.force_login(make_user("operata", is_staff=True))
    return client


@pytest.mark.parametrize("table", TABLES)
def test_it_lists_each_table_without_secrets(operator, table):
    secret = make_token(make_organization("acme").memberships.get().user)
    page = operator.get(f"/admin/{table}/")
    assert page.status_code == 200
    assert secret not in page.content.decode()
    assert operator.get(f"/admin/{table}/add/").status_code == 403


def test_it_closes_an_account(operator):
    bob = make_user("bob")
    form = {"email": "bob@example.org", "is_staff": "", "is_superuser": ""}
    assert operator.post(f"/admin/accounts/user/{bob.pk}/change/", form).status_code == 302
    bob.refresh_from_db()
    assert (bob.is_active, bob.username, User.objects.count()) == (False, "bob", 2)


def test_it_is_closed_to_others(client):
    client.force_login(make_user("bob"))
    assert client.get("/admin/accounts/user/").status_code == 302
