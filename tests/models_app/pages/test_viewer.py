"""The page of a dataset's rows."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from hub.accounts.models import User
from models_app.repositories.models import Repository
from models_app.viewer.models import Conversion
from tests.factories.repositories import commit_files, make_repository
from tests.factories.viewer import make_dataset, parquet_of

HOME = "/datasets/alice/data/viewer"
TRAIN = f"{HOME}/default/train"
ROWS: list[dict[str, object]] = [
    {
        "n": number,
        "label": "cat" if number % 2 else "dog's",
        "text": "<script>alert(1)</script> " + "long " * 100,
        "said": [{"role": "user", "content": f"Hi {number}"}],
    }
    for number in range(120)
]


@pytest.fixture
def data(owner: User) -> Repository:
    cache.clear()
    return make_dataset(owner, files={"train.parquet": parquet_of(ROWS), "test.csv": "a\n1\n"})


def text_of(client: Client, url: str, status: int = 200, **query: str) -> str:
    answer = client.get(f"{url}?{urlencode(query)}" if query else url)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_it_leads_to_the_first_split(client: Client, data: Repository) -> None:
    assert client.get(HOME)["Location"] == TRAIN
    assert client.get(f"{HOME}/default")["Location"] == TRAIN
    assert client.get(f"{HOME}/none").status_code == 404
    assert client.get(f"{HOME}/default/none").status_code == 404
    assert client.get("/alice/data/viewer").status_code == 404
    assert f'href="{HOME}"' in text_of(client, "/datasets/alice/data")


def test_it_shows_a_page_of_rows_as_inert_text(client: Client, data: Repository) -> None:
    text = text_of(client, TRAIN)
    assert "Rows 1 to 50 of 120" in text
    assert "Page 1 of 3" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "user: Hi 49" in text
    assert "Rows 101 to 120 of 120" in text_of(client, TRAIN, page="3")
    assert "There are no rows on this page." in text_of(client, TRAIN, page="9")
    assert "Rows 1 to 50" in text_of(client, TRAIN, page="9" * 40)


def test_it_searches_filters_and_sorts_by_its_address(client: Client, data: Repository) -> None:
    assert "Rows 1 to 11 of 11" in text_of(client, TRAIN, search="hi 11")
    text = text_of(client, TRAIN, where='"n" >= 100 AND "label" = \'cat\'', sort="-n")
    assert "Rows 1 to 10 of 10" in text
    assert 'aria-sort="descending"' in text
    assert text.index("Hi 119") < text.index("Hi 117")
    assert "No row fits." in text_of(client, TRAIN, search="nowhere")
    # What is wrong with a filter is said.
    assert "These rows cannot be shown:" in text_of(client, TRAIN, 400, where="n ==")
    assert "there is no column" in text_of(client, TRAIN, 400, where="none = 1")
    assert "cannot be asked" in text_of(client, TRAIN, 400, where="n = 'a'")


def test_its_bars_and_values_lead_to_their_rows(client: Client, data: Repository) -> None:
    text = text_of(client, TRAIN)
    wanted = urlencode({"where": "\"label\" = 'dog''s'"})
    assert wanted in text
    assert "of 60" in text_of(client, f"{TRAIN}?{wanted}")
    assert urlencode({"where": '"n" >= 0 AND "n" < 12'}) in text


def test_it_says_that_rows_are_being_prepared(client: Client, owner: User) -> None:
    make_repository(owner, "data", "dataset", files={"train.csv": "a\n1\n"})
    text = text_of(client, HOME)
    assert "The rows are being prepared" in text
    assert 'hx-trigger="every 3s"' in text


def test_it_says_why_there_are_no_rows(client: Client, owner: User) -> None:
    make_dataset(owner, files={"a.pdf": "x"})
    assert "Most files are .pdf" in text_of(client, HOME)


def test_it_says_that_the_hub_does_not_convert(client: Client, owner: User, settings) -> None:
    settings.VIEWER_MAX_BYTES = 0
    make_dataset(owner, files={"train.csv": "a\n1\n"})
    assert "This hub does not convert datasets." in text_of(client, HOME)


def test_it_says_which_split_cannot_be_read(client: Client, owner: User) -> None:
    make_dataset(owner, files={"train.csv": "a,b\n1\n", "test.csv": "a\n1\n"})
    text = text_of(client, TRAIN)
    assert "This split cannot be shown" in text
    assert "train.csv" in text


def test_it_says_what_is_left_out_and_what_is_old(client: Client, owner: User, settings) -> None:
    settings.VIEWER_MAX_BYTES = 100
    repository = make_dataset(owner, files={"train.csv": "a\n" + "1\n" * 100})
    assert "larger than this hub converts" in text_of(client, TRAIN)
    commit_files(repository, owner, {"README.md": "# New\n"})
    assert "the newest commit is being converted" in text_of(client, TRAIN)
    Conversion.objects.update(state="failed", problem="")
    assert "larger than this hub converts" in text_of(client, TRAIN)


def test_it_costs_the_same_queries_however_many_rows(
    client: Client, data, django_assert_max_num_queries
) -> None:
    client.get(TRAIN)
    with django_assert_max_num_queries(9):
        client.get(TRAIN)

    text = client.get(TRAIN, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "第 1 – 50 行" in text
