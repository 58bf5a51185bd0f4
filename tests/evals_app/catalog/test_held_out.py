"""Held-out benchmarks: what a declaration may say, and what of it everybody may know."""

from __future__ import annotations

import pytest
from django.test import Client

from evals_app.catalog import selectors, services
from evals_app.catalog.models import Benchmark
from evals_app.catalog.reader import parse
from evals_app.leaderboards import services as leaderboards
from evals_app.worker import indexing
from hub.accounts.models import User
from hub.activity.models import Event
from hub.core.errors import InvalidInput, NotFound
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, make_benchmark
from tests.factories.repositories import commit_files

HELD_OUT = BENCHMARK_YAML.replace("version: 1\n", "version: 1\nheld_out: true\nsubmissions_per_day: 2\n")
SECRETS = ("Translate to French", "data/test", "{{fr}}")


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def held_out(alice: User) -> Benchmark:
    return make_benchmark(alice, "hidden", text=HELD_OUT, private=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BENCHMARK_YAML + "submissions_per_day: 3\n", r"Line 14: `submissions_per_day` belongs to"),
        (HELD_OUT.replace("day: 2", "day: 0"), r"Line 4: .* whole number from 1 to 100"),
        (HELD_OUT.replace("held_out: true", "held_out: yes please"), r"Line 3: `held_out` must be true or"),
        (
            HELD_OUT.replace("jsonl}", f"jsonl, repository: a/b, commit: {'a' * 40}}}"),
            r"Line 9: A held-out benchmark keeps its items in its own repository",
        ),
    ],
)
def test_a_declaration_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse(text)


def test_a_limit_is_there_by_itself() -> None:
    assert parse(HELD_OUT.replace("submissions_per_day: 2\n", "")).submissions_per_day == 3
    assert parse(BENCHMARK_YAML).submissions_per_day == 0


@pytest.mark.django_db
def test_a_public_repository_holds_nothing_out(alice: User) -> None:
    benchmark = make_benchmark(alice, text=HELD_OUT)
    assert benchmark.problem.startswith("Line 3: `held_out: true` needs a private repository")
    assert not benchmark.is_held_out
    assert selectors.current_version(benchmark) is None


@pytest.mark.django_db
def test_everybody_sees_its_page_and_boards_and_nobody_else_its_items(
    alice: User, held_out: Benchmark, client: Client
) -> None:
    leaderboards.ensure_boards(held_out)
    for path in (
        "/benchmarks",
        "/benchmarks/alice/hidden",
        "/leaderboards",
        "/leaderboards/alice-hidden-en-fr",
    ):
        page = client.get(path).content.decode()
        assert "English to French" in page, path
        assert not [secret for secret in SECRETS if secret in page], path
    assert "/datasets/alice/hidden" not in client.get("/benchmarks/alice/hidden").content.decode()
    for path in ("/datasets/alice/hidden", "/api/datasets/alice/hidden", "/alice/hidden.git/info/refs"):
        assert client.get(path).status_code in {401, 404}, path
    [row] = client.get("/api/v1/benchmarks").json()
    assert (row["id"], row["held_out"]) == ("alice/hidden", True)
    told = client.get("/api/v1/benchmarks/alice/hidden")
    assert told.json()["current"]["declaration"]["tasks"][0]["name"] == "en-fr"
    assert not [secret for secret in SECRETS if secret in told.content.decode()]
    client.force_login(alice)
    assert "/datasets/alice/hidden" in client.get("/benchmarks/alice/hidden").content.decode()
    version = selectors.current_version(held_out)
    assert version
    assert version.full_tasks()[0]["prompt"] == "Translate to French: {{en}}"


@pytest.mark.django_db
def test_what_is_wrong_with_a_new_commit_is_for_those_who_may_read_it(
    alice: User, held_out: Benchmark, client: Client
) -> None:
    commit_files(held_out.repository, alice, {"benchmark.yaml": HELD_OUT.replace("{{fr}}", "{{quux}}")})
    services.index_benchmark(held_out.repository)
    for path in ("/benchmarks/alice/hidden", "/api/v1/benchmarks/alice/hidden", "/api/v1/benchmarks"):
        told = client.get(path).content.decode()
        assert "English to French" in told
        assert "quux" not in told
    client.force_login(alice)
    assert "quux" in client.get("/benchmarks/alice/hidden").content.decode()


@pytest.mark.django_db
def test_versions_from_before_stay_with_the_owner(alice: User, client: Client) -> None:
    benchmark = make_benchmark(alice, "hidden", private=True)
    assert client.get("/benchmarks/alice/hidden").status_code == 404
    commit_files(benchmark.repository, alice, {"benchmark.yaml": HELD_OUT})
    services.index_benchmark(benchmark.repository)
    # A newer commit that holds nothing out, seen before its turn came to be indexed.
    head = commit_files(benchmark.repository, alice, {"benchmark.yaml": BENCHMARK_YAML + "# open\n"})
    benchmark.repository.refresh_from_db()
    services.version_at(benchmark.repository, benchmark.repository.head)
    assert head
    told = client.get("/api/v1/benchmarks/alice/hidden").content.decode()
    assert '"held_out":true' in told.replace(" ", "")
    assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.django_db
def test_a_repository_that_becomes_public_is_told_so(alice: User, held_out: Benchmark) -> None:
    repositories.update_settings(actor_for(alice), held_out.repository, visibility="public")
    event = Event.objects.filter(verb="repository.settings").latest("pk")
    indexing.follow_visibility(event.pk)
    held_out.refresh_from_db()
    assert "`held_out: true` needs a private repository" in held_out.problem
    repositories.update_settings(actor_for(alice), held_out.repository, visibility="private")
    event = Event.objects.filter(verb="repository.settings").latest("pk")
    indexing.follow_visibility(event.pk)
    held_out.refresh_from_db()
    assert held_out.problem == ""


@pytest.mark.django_db
def test_a_disabled_one_is_gone(held_out: Benchmark, client: Client) -> None:
    held_out.repository.is_disabled = True
    held_out.repository.save(update_fields=["is_disabled"])
    assert client.get("/benchmarks/alice/hidden").status_code == 404
    assert client.get("/api/v1/benchmarks").json() == []
    with pytest.raises(NotFound):
        selectors.get_benchmark(actor_for(make_user("bob")), "alice", "hidden")
