from __future__ import annotations

import re

import pytest
from django.test import Client

from evals_app.claims import services as claims
from models_app.pages import snippets
from models_app.repositories import services
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for
from tests.factories.repositories import commit_files, make_repository


def test_it_shows_the_card_and_what_is_known(client: Client, acme, model) -> None:
    make_repository(acme, "base")
    make_repository(acme, "pairs", "dataset")
    page = client.get("/acme/model").text
    assert '<h1 id="md-a-model">A model</h1>' in page
    assert 'href="/acme/model/blob/main/config.json"' in page
    assert "license: mit" not in page
    assert 'href="/models?licence=mit"' in page
    assert 'href="/acme/base"' in page
    assert 'href="/datasets/acme/pairs"' in page
    # What this hub does not hold is named, not linked.
    assert "elsewhere/unknown" in page
    assert 'href="/datasets/elsewhere/unknown"' not in page
    assert "T5ForConditionalGeneration" in page


def test_it_does_not_link_what_the_visitor_may_not_see(client: Client, as_owner: Client, acme, model) -> None:
    make_repository(acme, "base", private=True)
    assert 'href="/acme/base"' not in client.get("/acme/model").text
    assert 'href="/acme/base"' in as_owner.get("/acme/model").text


def test_the_authors_own_results_are_told_apart(client: Client, acme) -> None:
    result = (
        "{task: {type: translation}, dataset: {name: WMT, type: wmt}, metrics: [{type: bleu, value: 9.5}]}"
    )
    card = f"---\nmodel-index: [{{name: m, results: [{result}]}}]\n---\n"
    claims.import_claims(make_repository(acme, "claimed", files={"README.md": card}))
    page = client.get("/acme/claimed").text
    assert "Reported by the author" in page
    assert "not measured here" in page
    assert "9.5" in page


def test_a_base_model_names_what_was_made_from_it(client: Client, acme, model) -> None:
    make_repository(acme, "base")
    page = client.get("/acme/base").text
    assert "Models made from this one" in page
    assert 'href="/acme/model"' in page


def test_commands_name_the_address_the_visitor_came_by(client: Client, model) -> None:
    page = client.get("/acme/model", headers={"host": "hub.example:8000"}).text
    assert "AutoModelForSeq2SeqLM.from_pretrained(&quot;acme/model&quot;)" in page
    assert "http://hub.example:8000" in page
    assert "hf download acme/model" in page


def test_a_dataset_shows_its_first_rows(client: Client, acme) -> None:
    files = {"data/test.csv": "a,b\n9,9\n", "data/train.csv": "en,fr\nYes,Oui\n"}
    make_repository(acme, "pairs", "dataset", files=files)
    page = client.get("/datasets/acme/pairs").text
    assert '<div class="cell">Oui</div>' in page
    assert "hf download acme/pairs --repo-type dataset" in page


def test_a_changed_card_is_shown_at_once(client: Client, acme, model) -> None:
    client.get("/acme/model")
    commit_files(model, acme, {"README.md": "# Changed\n"})
    assert "Changed" in client.get("/acme/model").text


def test_an_empty_repository_shows_how_to_fill_it(client: Client, as_owner: Client, acme) -> None:
    make_repository(acme, "fresh")
    assert "hf upload acme/fresh ./folder ." in as_owner.get("/acme/fresh").text
    assert "hf upload" not in client.get("/acme/fresh").text


def test_a_broken_card_is_no_reason_to_fail(client: Client, acme) -> None:
    make_repository(acme, "odd", files={"README.md": b"\xff\xfe# Odd \xe9\n"})
    assert client.get("/acme/odd").status_code == 200


@pytest.mark.parametrize("path", ["", "/tree/main", "/blob/main/README.md?source", "/commits/main"])
def test_an_old_name_leads_to_the_new_one(client: Client, owner, model: Repository, path: str) -> None:
    services.move(actor_for(owner), model, "acme/renamed")
    answer = client.get(f"/acme/model{path}")
    assert (answer.status_code, answer["Location"]) == (302, f"/acme/renamed{path}")


def test_what_is_private_looks_like_what_is_missing(client: Client, as_stranger: Client, secret) -> None:
    for visitor in (client, as_stranger):
        hidden, missing = visitor.get("/acme/secret"), visitor.get("/acme/missing")
        assert hidden.status_code == missing.status_code == 404
        assert without_tokens(hidden.text).replace("secret", "missing") == without_tokens(missing.text)


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_a_like_comes_and_goes(as_stranger: Client, model: Repository) -> None:
    part = as_stranger.post("/acme/model/like", headers={"HX-Request": "true"}).text
    assert 'aria-pressed="true"' in part
    model.refresh_from_db()
    assert model.likes == 1
    assert as_stranger.post("/acme/model/like")["Location"] == "/acme/model"
    model.refresh_from_db()
    assert model.likes == 0


def test_who_is_not_signed_in_is_led_to_sign_in(client: Client, model) -> None:
    assert "next=/acme/model" in client.post("/acme/model/like")["Location"]
    answer = client.post("/acme/model/like", headers={"HX-Request": "true"})
    assert "next=/acme/model" in answer["HX-Redirect"]


@pytest.mark.parametrize(
    ("architecture", "task", "expected"),
    [
        ("LlamaForCausalLM", "", "AutoModelForCausalLM"),
        ("T5ForConditionalGeneration", "translation", "AutoModelForSeq2SeqLM"),
        ("", "fill-mask", "AutoModelForMaskedLM"),
        ("", "", "AutoModel"),
        (None, "", "AutoModel"),
    ],
)
def test_it_names_the_class_that_loads_the_model(architecture, task: str, expected: str) -> None:
    config = {"architectures": [architecture]} if architecture != "" else {}
    assert snippets.auto_class(Repository(task=task, config=config)) == expected


def test_the_number_of_queries_is_fixed(as_owner: Client, model, django_assert_max_num_queries) -> None:
    as_owner.get("/acme/model")
    with django_assert_max_num_queries(14):
        assert as_owner.get("/acme/model").status_code == 200
