"""The dataset viewer's API, as clients ask it."""

from __future__ import annotations

from urllib.parse import quote

import pyarrow as pa
import pytest
from django.core.cache import cache

from hub.accounts.models import User
from models_app.repositories import services as repositories
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for
from tests.factories.repositories import commit_files, make_repository
from tests.factories.viewer import make_dataset, parquet_of

BASE = "/datasets-server"
PARQUET = "/datasets/alice/data/resolve/refs%2Fconvert%2Fparquet"
SPLIT = "dataset=alice/data&config=default&split=train"
ROWS = [{"n": number, "text": f"row {number}", "tags": [{"word": f"t{number % 3}"}]} for number in range(250)]


@pytest.fixture
def data(alice: User) -> Repository:
    cache.clear()
    files = {
        "data/train-00000-of-00001.parquet": parquet_of(ROWS),
        "data/test-00000-of-00001.parquet": parquet_of(ROWS[:3]),
    }
    return make_dataset(alice, files=files)


def test_it_tells_what_there_is(caller, data: Repository) -> None:
    ask = caller().get
    assert set(ask(f"{BASE}/is-valid?dataset=alice/data").json().values()) == {True}
    answer = ask(f"{BASE}/splits?dataset=alice/data")
    assert answer["X-Revision"] == data.head
    assert [split["split"] for split in answer.json()["splits"]] == ["train", "test"]
    size = ask(f"{BASE}/size?dataset=alice/data").json()["size"]
    assert (size["dataset"]["num_rows"], size["splits"][1]["num_rows"]) == (253, 3)
    info = ask(f"{BASE}/info?dataset=alice/data").json()
    assert (info["partial"], info["pending"], info["failed"]) == (False, [], [])
    assert info["dataset_info"]["default"]["features"]["n"] == {"dtype": "int64", "_type": "Value"}
    assert info["dataset_info"]["default"]["splits"]["train"]["num_examples"] == 250
    assert ask(f"{BASE}/healthcheck").content == b"ok"


def test_it_leads_to_the_parquet_files(caller, data: Repository) -> None:
    ask = caller().get
    files = ask(f"{BASE}/parquet?dataset=alice/data").json()["parquet_files"]
    assert files[0]["url"].endswith(
        "/datasets/alice/data/resolve/refs%2Fconvert%2Fparquet/default/train/0000.parquet"
    )
    assert ask(files[0]["url"].removeprefix("http://testserver")).status_code == 200
    listed = ask("/api/datasets/alice/data/parquet").json()
    assert ask("/api/datasets/alice/data/parquet/default").json() == listed["default"]
    (address,) = ask("/api/datasets/alice/data/parquet/default/train").json()
    assert listed["default"]["train"] == [address]
    led = ask(address.removeprefix("http://testserver"))
    assert (led.status_code, ask(led["Location"]).status_code) == (302, 200)
    assert ask("/api/datasets/alice/data/parquet/default/train/1.parquet").status_code == 404
    assert ask("/api/datasets/alice/data/parquet/none")["X-Error-Code"] == "ConfigNotFoundError"
    described = ask("/api/datasets/alice/data/croissant").json()
    assert [field["dataType"] for field in described["recordSet"][0]["field"]] == [
        "cr:Int64",
        "sc:Text",
        "sc:Text",
    ]


def test_it_pages_through_rows(caller, data: Repository) -> None:
    ask = caller().get
    first = ask(f"{BASE}/first-rows?{SPLIT}").json()
    assert (len(first["rows"]), first["truncated"]) == (100, True)
    page = ask(f"{BASE}/rows?{SPLIT}&offset=240&length=20").json()
    assert [row["row_idx"] for row in page["rows"]] == list(range(240, 250))
    assert page["rows"][0]["row"] == ROWS[240]
    assert (page["num_rows_total"], page["partial"]) == (250, False)
    assert page["features"][0] == {
        "feature_idx": 0,
        "name": "n",
        "type": {"dtype": "int64", "_type": "Value"},
    }
    assert ask(f"{BASE}/rows?{SPLIT}&offset=250").json()["rows"] == []


def test_it_searches_however_deep_a_text_lies(caller, data: Repository) -> None:
    found = caller().get(f"{BASE}/search?{SPLIT}&query=ROW 24&offset=1&length=2").json()
    assert [row["row"]["n"] for row in found["rows"]] == [240, 241]
    assert found["num_rows_total"] == 11
    assert caller().get(f"{BASE}/search?{SPLIT}&query=t2").json()["num_rows_total"] == 83


FILTERS = {
    '"n" >= 248': 2,
    '"n" BETWEEN 3 AND 5 AND NOT "text" = \'row 4\'': 2,
    "text IN ('row 1', 'row 2') OR n < 1": 3,
    "\"text\" LIKE 'row 1_'": 10,
    '"n" IS NULL': 0,
    '"n" > 2.5 and "n" < 4.5': 2,
}


def test_it_filters(caller, data: Repository) -> None:
    ask = caller().get
    found = {
        where: ask(f"{BASE}/filter?{SPLIT}&where={quote(where)}").json()["num_rows_total"]
        for where in FILTERS
    }
    assert found == FILTERS


def test_it_sorts(caller, data: Repository) -> None:
    found = (
        caller()
        .get(f"{BASE}/filter?{SPLIT}&orderby={quote(chr(34) + 'n' + chr(34) + ' DESC')}&length=2")
        .json()
    )
    assert [row["row_idx"] for row in found["rows"]] == [249, 248]


def test_it_counts(caller, data: Repository) -> None:
    found = caller().get(f"{BASE}/statistics?{SPLIT}").json()
    assert (found["num_examples"], found["partial"]) == (250, False)
    by_name = {each["column_name"]: each for each in found["statistics"]}
    assert by_name["n"]["column_statistics"]["mean"] == 124.5
    assert sum(by_name["n"]["column_statistics"]["histogram"]["hist"]) == 250
    assert by_name["text"]["column_type"] == "string_text"
    assert by_name["tags"]["column_type"] == "list"


REFUSED = {
    "/rows": (422, "MissingRequiredParameter"),
    "/rows?dataset=alice/data": (422, "MissingRequiredParameter"),
    "/rows?dataset=alice/none": (401, "RepoNotFound"),
    "/rows?dataset=alice/data&config=x&split=train": (404, "ConfigNotFoundError"),
    "/rows?dataset=alice/data&config=default&split=x": (404, "SplitNotFoundError"),
    f"/rows?{SPLIT}&offset=-1": (422, "InvalidParameter"),
    f"/rows?{SPLIT}&length=101": (422, "InvalidParameter"),
    f"/filter?{SPLIT}": (422, "MissingRequiredParameter"),
    f"/filter?{SPLIT}&where=1; DROP TABLE x": (422, "InvalidParameter"),
    f"/filter?{SPLIT}&where=%22none%22=1": (422, "InvalidParameter"),
    f"/filter?{SPLIT}&where=%22n%22='a'": (422, "InvalidParameter"),
    f"/filter?{SPLIT}&where=n%3Dn": (422, "InvalidParameter"),
    f"/filter?{SPLIT}&where={'(' * 200}": (422, "InvalidParameter"),
    f"/filter?{SPLIT}&orderby=none": (422, "InvalidParameter"),
    f"/filter?{SPLIT}&orderby=tags": (422, "InvalidParameter"),
    "/opt-in-out-urls?dataset=alice/data": (501, "NotImplemented"),
}


def test_it_refuses_with_a_code(caller, data: Repository) -> None:
    answers = {question: caller().get(BASE + question) for question in REFUSED}
    assert {
        asked: (answer.status_code, answer["X-Error-Code"]) for asked, answer in answers.items()
    } == REFUSED
    assert all(answer.json()["error"] for answer in answers.values())
    pinned = [answer["X-Revision"] for asked, answer in answers.items() if "data&" in asked]
    assert set(pinned) == {data.head}


def test_it_says_that_it_is_not_ready(caller, alice: User) -> None:
    make_repository(alice, "data", "dataset", files={"train.csv": "a\n1\n"})
    answer = caller().get(f"{BASE}/splits?dataset=alice/data")
    assert (answer.status_code, answer["X-Error-Code"]) == (503, "ResponseNotReady")
    assert answer["Retry-After"] == "5"
    assert set(caller().get(f"{BASE}/is-valid?dataset=alice/data").json().values()) == {False}


def test_it_says_why_there_are_no_rows(caller, alice: User) -> None:
    make_dataset(alice, files={"a.pdf": "x"})
    answer = caller().get(f"{BASE}/splits?dataset=alice/data")
    assert answer.status_code == 422
    assert ".pdf" in answer.json()["error"]


def test_it_keeps_answering_from_the_last_conversion(caller, alice: User, data: Repository) -> None:
    old = data.head
    commit_files(data, alice, {"train.csv": "a\n1\n"})
    answer = caller().get(f"{BASE}/rows?{SPLIT}&length=1")
    assert (answer.status_code, answer["X-Revision"]) == (200, old)


def test_it_keeps_private_and_gated_rows_from_others(
    caller, alice: User, bob: User, data: Repository
) -> None:
    repositories.update_settings(actor_for(alice), data, gating="manual")
    for question in (
        f"{BASE}/rows?{SPLIT}",
        f"{BASE}/splits?dataset=alice/data",
        "/api/datasets/alice/data/parquet",
    ):
        assert caller().get(question)["X-Error-Code"] == "GatedRepo"
        assert caller(bob).get(question).status_code == 403
        assert caller(alice).get(question).status_code == 200
    repositories.update_settings(actor_for(alice), data, visibility="private")
    assert caller(bob).get(f"{BASE}/rows?{SPLIT}")["X-Error-Code"] == "RepoNotFound"
    assert (
        caller(bob)
        .get("/datasets/alice/data/resolve/refs%2Fconvert%2Fparquet/default/train/0000.parquet")
        .status_code
        == 404
    )


def test_it_answers_at_the_address_that_the_library_makes(caller, data: Repository) -> None:
    answer = caller().get("/parquet?dataset=alice/data", host="datasets-server.hub.example.org")
    assert answer.json()["parquet_files"][0]["url"].startswith(
        "http://hub.example.org/datasets/alice/data/resolve/"
    )
    assert caller().get("/api/datasets/alice/data", host="datasets-server.hub.example.org").status_code == 404
    assert caller().get("/", host="datasets-server.hub.example.org").status_code == 404


def test_it_tells_where_pictures_are(caller, alice: User) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    images = pa.array([{"bytes": b"\x89PNG\r\n\x1a\n...", "path": "a.png"}, None], kind)
    noted = '{"info": {"features": {"image": {"_type": "Image"}}}}'
    table = pa.table({"image": images}).replace_schema_metadata({"huggingface": noted})
    make_dataset(alice, "data", files={"train.parquet": parquet_of(table)})
    found = [row["row"]["image"] for row in caller().get(f"{BASE}/rows?{SPLIT}").json()["rows"]]
    assert found[1] is None
    cell = caller().get(found[0]["src"].removeprefix("http://testserver"))
    assert (cell.status_code, cell["Content-Type"], cell.content[:4]) == (200, "image/png", b"\x89PNG")
