from __future__ import annotations

from tests.factories.accounts import make_organization


def test_it_follows_and_lists(caller, alice, bob):
    make_organization("acme", admin=bob)
    me = caller(alice)
    for place in ("users/bob", "organizations/acme"):
        assert me.post(f"/api/{place}/follow").status_code == 200
        assert [user["user"] for user in caller().get(f"/api/{place}/followers").json()] == ["alice"]
    followed = caller().get("/api/users/alice/following?limit=1")
    assert [(each["user"], each["type"]) for each in followed.json()] == [("acme", "org")]
    assert 'rel="next"' in followed["Link"]
    for place in ("users/alice/following", "organizations/acme/members"):
        for reader, expected in ((me, {True}), (caller(), {False})):
            listed = reader.get(f"/api/{place}").json()
            assert {each["isFollowing"] for each in listed} == expected
    shown = me.get("/api/users/bob/overview").json()
    assert (shown["numFollowers"], shown["isFollowing"]) == (1, True)
    assert me.get("/api/organizations/acme/overview").json()["numFollowers"] == 1
    assert caller().get("/api/users/alice/overview").json()["numFollowing"] == 2
    assert me.send("DELETE", "/api/users/bob/follow").status_code == 200
    assert caller().get("/api/users/bob/followers").json() == []
    assert caller().get("/api/users/nobody-here/followers").status_code == 404
