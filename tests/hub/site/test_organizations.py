from __future__ import annotations

import re

import pytest
from django.core import mail

from hub.accounts import selectors, services
from hub.accounts.models import Role
from tests.factories.accounts import actor_for, make_organization, make_token, make_user
from tests.factories.jobs import make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
PEOPLE = ("admin", "member", "stranger", "nobody", "operator")


@pytest.fixture
def people():
    made = {
        name: make_user(f"the-{name}", is_staff=name == "operator") for name in PEOPLE if name != "nobody"
    }
    return {**made, "nobody": None}


@pytest.fixture
def acme(people):
    organization = make_organization("acme", admin=people["admin"], members={people["member"]: Role.WRITE})
    services.invite(actor_for(people["admin"]), organization, "soon@example.org", Role.READ)
    return organization


@pytest.fixture
def as_(client, people, acme):
    def sign_in(name):
        if people[name]:
            client.force_login(people[name])
        return client

    return sign_in


# Route by person: admin, member, stranger, nobody, operator.
GET = {
    "/acme": (200, 200, 200, 200, 200),
    "/acme/dashboard": (200, 200, 404, 302, 200),
    "/acme/settings": (200, 200, 404, 302, 200),
    "/the-member": (200, 200, 200, 200, 200),
    "/the-member/dashboard": (404, 200, 404, 302, 200),
    "/organizations/new": (200, 200, 200, 302, 200),
}
POST = {
    "/acme/settings": ({"about": "x"}, (302, 403, 404, 302, 302)),
    "/organizations/acme/members": ({"user": "the-stranger", "role": "read"}, (302, 403, 404, 302, 302)),
    "/organizations/acme/members/remove": ({"user": "the-member"}, (302, 302, 404, 302, 302)),
    "/organizations/acme/invitations": (
        {"email": "x@example.org", "role": "read"},
        (302, 403, 404, 302, 302),
    ),
    "/organizations/new": ({"name": "other"}, (302, 302, 302, 302, 302)),
}


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("path", GET)
def test_each_page_answers_each_person(as_, path, person):
    assert as_(person).get(path).status_code == GET[path][PEOPLE.index(person)]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("path", POST)
def test_each_form_answers_each_person(as_, path, person):
    data, statuses = POST[path]
    response = as_(person).post(path, data)
    assert response.status_code == statuses[PEOPLE.index(person)]
    if person == "nobody":
        assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("person", PEOPLE)
def test_invitations_are_withdrawn_by_admins(as_, acme, person):
    pending = selectors.pending_invitations(acme)
    path = f"/organizations/acme/invitations/{pending.get().pk}/revoke"
    assert as_(person).post(path).status_code == (302, 403, 404, 302, 302)[PEOPLE.index(person)]
    assert pending.exists() == (person not in ("admin", "operator"))


def test_strangers_change_nothing(as_, acme, people):
    as_("stranger").post("/organizations/acme/members", {"user": "the-stranger", "role": "admin"})
    as_("member").post("/organizations/acme/members", {"user": "the-member", "role": "admin"})
    as_("member").post("/organizations/acme/members/remove", {"user": "the-admin"})
    assert {m.user: m.role for m in selectors.members_of(acme)} == {
        people["admin"]: "admin",
        people["member"]: "write",
    }


def test_the_last_admin_stays(as_, acme):
    response = as_("admin").post("/organizations/acme/members/remove", {"user": "the-admin"}, follow=True)
    assert "is the last admin" in response.content.decode()
    assert acme.memberships.filter(role="admin").count() == 1


def test_an_invitation_link_is_shown_once(as_, acme):
    form = {"email": "carol@example.org", "role": "write"}
    page = as_("admin").post("/organizations/acme/invitations", form, follow=True).content.decode()
    link = re.search(r"http://testserver(/join/[\w-]+)", page).group(1)
    assert as_("admin").get(link).status_code == 200
    assert link not in as_("admin").get("/acme/dashboard").content.decode()


def test_a_new_organization_opens_on_its_dashboard(as_, people):
    response = as_("member").post("/organizations/new", {"name": "lab", "full_name": "The Lab"})
    assert response["Location"] == "/lab/dashboard"
    assert selectors.members_of(selectors.get_organization("lab")).get().user == people["member"]


@pytest.mark.parametrize("name", ["acme", "The-Member", "models", "x", "a b"])
def test_a_name_that_cannot_be_is_explained_beside_the_field(as_, name):
    response = as_("member").post("/organizations/new", {"name": name})
    assert response.status_code == 400
    assert response.context["form"].errors["name"]


def test_names_lead_to_one_spelling_and_unknown_names_nowhere(as_):
    assert as_("nobody").get("/ACME")["Location"] == "/acme"
    assert as_("nobody").get("/nowhere").status_code == 404


def test_what_people_write_about_themselves_is_text(as_, acme):
    services.update_namespace(
        actor_for(acme.memberships.get(role="admin").user), acme, about="<script>alert(1)"
    )
    assert "<script>alert(1)" not in as_("nobody").get("/acme").content.decode()


def test_the_audit_trail_tells_who_did_what(as_, acme):
    as_("admin").post("/organizations/acme/members", {"user": "the-stranger", "role": "contributor"})
    page = as_("member").get("/acme/dashboard").content.decode()
    assert re.search(r"the-admin</a> gave <a [^>]*>the-stranger</a> the role contributor", page)


def test_the_dashboard_costs_few_queries(as_, acme, django_assert_max_num_queries):
    for i in range(20):
        services.set_member(None, acme, make_user(f"user-{i}"), Role.READ)
    client = as_("admin")
    with django_assert_max_num_queries(26):
        client.get("/acme/dashboard")
    with django_assert_max_num_queries(10):
        client.get("/acme")


def test_a_token_reads_the_profile_but_not_the_dashboard(client, acme, people):
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {make_token(people['admin'])}"}
    assert client.get("/acme", **bearer).status_code == 200
    assert client.get("/acme/dashboard", **bearer).status_code == 403
    assert client.post("/organizations/acme/members", {"user": "the-stranger"}, **bearer).status_code == 403


def test_an_invitation_is_mailed_where_mail_can_be_sent(as_, acme, settings):
    form = {"email": "carol@example.org", "role": "write"}
    as_("admin").post("/organizations/acme/invitations", form)
    assert not mail.outbox
    settings.EMAIL_URL = "smtps://mail.example.org"
    as_("admin").post("/organizations/acme/invitations", form)
    assert mail.outbox[0].to == ["carol@example.org"]
    link = re.search(r"http://testserver(/join/\S+)", mail.outbox[0].body).group(1)
    assert as_("stranger").get(link).status_code == 200


def test_private_repositories_are_seen_by_members_alone(as_, acme):
    make_repository(acme, "open-model")
    make_repository(acme, "secret-model", private=True)
    make_repository(acme, "secret-data", "dataset", private=True)
    assert "secret" in as_("member").get("/acme").content.decode()
    stranger = as_("stranger").get("/acme")
    assert [(shelf.type, shelf.count) for shelf in stranger.context["profile"].shelves] == [
        ("model", 1),
        ("dataset", 0),
    ]
    assert "secret" not in stranger.content.decode()


def test_the_dashboard_adds_up_storage_and_jobs(as_, acme):
    make_repository(acme, "big", private=True, files={"a.txt": "x" * 3000})
    make_evaluation(acme, model="small")
    shown = as_("member").get("/acme/dashboard").context["dashboard"]
    sizes = [row.used_bytes for row, _share in shown.storage.repositories]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == shown.storage.used_bytes > 3000
    assert {state.state: state.count for state in shown.job_states}["queued"] == 1
    assert len(shown.recent_jobs) == shown.usage.jobs == 1
