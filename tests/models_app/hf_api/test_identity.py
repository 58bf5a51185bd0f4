from __future__ import annotations

from hub.accounts.models import Role
from tests.factories.accounts import make_organization
from tests.factories.repositories import make_repository


def test_it_says_who_asks_and_with_which_token(caller, alice, bob) -> None:
    make_organization("acme", admin=bob, members={alice: Role.WRITE})
    me = caller(alice, "read", name="laptop").get("/api/whoami-v2").json()
    assert (me["type"], me["name"], me["email"]) == ("user", "alice", "alice@example.org")
    assert [(org["name"], org["roleInOrg"]) for org in me["orgs"]] == [("acme", "write")]
    token = me["auth"]["accessToken"]
    assert (token["displayName"], token["role"]) == ("laptop", "read")


def test_it_tells_a_fine_grained_token_what_it_holds(caller, alice) -> None:
    grants = [{"on": "namespace:alice", "may": ["read"]}]
    me = caller(alice, "fineGrained", grants=grants).get("/api/whoami-v2").json()
    assert me["auth"]["accessToken"]["fineGrained"]["scoped"] == grants


def test_it_shows_profiles_without_private_things(caller, alice, bob) -> None:
    make_organization("acme", admin=alice)
    make_repository(alice, "open")
    make_repository(alice, "hidden", private=True)
    make_repository(alice, "data", "dataset")
    profile = caller(bob).get("/api/users/Alice/overview").json()
    assert (profile["numModels"], profile["numDatasets"], profile["user"]) == (1, 1, "alice")
    assert "email" not in profile
    assert [org["name"] for org in profile["orgs"]] == ["acme"]
    assert caller(alice).get("/api/users/alice/overview").json()["numModels"] == 2
    assert caller().get("/api/organizations/acme/overview").json()["numUsers"] == 1


def test_it_keeps_people_and_organizations_apart(caller, alice) -> None:
    make_organization("acme", admin=alice)
    for path in ("users/acme", "organizations/alice", "users/nobody-here"):
        response = caller().get(f"/api/{path}/overview")
        assert (response.status_code, response["X-Error-Code"]) == (404, "NotFound")


def test_it_pages_members(caller, alice, bob) -> None:
    make_organization("acme", admin=alice, members={bob: Role.READ})
    first = caller().get("/api/organizations/acme/members?limit=1")
    assert [member["user"] for member in first.json()] == ["alice"]
    url = first["Link"].partition(">")[0].removeprefix("<http://testserver")
    assert [member["user"] for member in caller().get(url).json()] == ["bob"]


def test_it_likes_and_lists_likes(caller, alice, bob) -> None:
    make_repository(alice, "open")
    make_repository(alice, "hidden", private=True)
    for name in ("open", "hidden"):
        assert caller(alice).post(f"/api/models/alice/{name}/like").status_code == 200
    assert caller(bob).get("/api/users/alice/likes").json()[0]["repo"] == {
        "name": "alice/open",
        "type": "model",
    }
    assert len(caller(bob).get("/api/users/alice/likes").json()) == 1
    assert [user["user"] for user in caller().get("/api/models/alice/open/likers").json()] == ["alice"]
    assert caller(alice).send("DELETE", "/api/models/alice/open/like").status_code == 200
    assert caller().get("/api/models/alice/open").json()["likes"] == 0
