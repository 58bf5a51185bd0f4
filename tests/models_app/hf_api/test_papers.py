from __future__ import annotations

from tests.factories.repositories import make_repository

CARD = "# Small translator\n\nSee https://arxiv.org/abs/1706.03762 and arXiv:2005.14165\n"


def test_it_tells_what_cites_a_paper(caller, alice, bob):
    make_repository(alice, "a", files={"README.md": CARD})
    make_repository(alice, "d", "dataset", files={"README.md": "https://arxiv.org/abs/1706.03762"})
    make_repository(alice, "hidden", private=True, files={"README.md": "https://arxiv.org/abs/2401.00001"})
    paper = caller(bob).get("/api/papers/1706.03762").json()
    assert [row["id"] for row in paper["linkedModels"]] == ["alice/a"]
    assert (paper["numTotalModels"], paper["numTotalDatasets"]) == (1, 1)
    assert paper["publishedAt"] == "2017-06-01T00:00:00.000Z"
    assert caller(bob).get("/api/papers/2401.00001").status_code == 404
    assert caller(alice).get("/api/papers/2401.00001").status_code == 200
    for wrong in ("1706", "x", "1706.0376299"):
        assert caller().get(f"/api/papers/{wrong}").status_code == 404


def test_it_searches_by_id_and_by_what_cites(caller, alice):
    make_repository(alice, "a", files={"README.md": CARD})

    def found(query):
        return [row["paper"]["id"] for row in caller().get(f"/api/papers/search?q={query}").json()]

    assert found("1706") == ["1706.03762"]
    assert found("translator") == found("") == ["1706.03762", "2005.14165"]
    assert found("nothing-like-it") == []


def test_the_pages_show_the_same(client, alice):
    make_repository(alice, "a", files={"README.md": CARD})
    assert "1706.03762" in client.get("/papers?q=1706").content.decode()
    assert "alice/a" in client.get("/papers/1706.03762").content.decode()
    text = client.get("/papers/1706.03762.md")
    assert (text["Content-Type"], "- alice/a" in text.content.decode()) == (
        "text/markdown; charset=utf-8",
        True,
    )
