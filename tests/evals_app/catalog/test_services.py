"""Benchmarks follow their repositories."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evals_app.catalog import selectors, services
from evals_app.catalog.models import BenchmarkVersion
from hub.accounts.models import User
from hub.core.errors import InvalidInput, NotFound
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, ROWS, make_benchmark
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def test_it_keeps_one_version_a_commit_and_one_fingerprint_while_scores_compare(alice: User) -> None:
    benchmark = make_benchmark(alice)
    first = selectors.current_version(benchmark)
    commit_files(benchmark.repository, alice, {"README.md": "# Hello\n"})
    benchmark.repository.refresh_from_db()
    services.index_benchmark(benchmark.repository)
    services.index_benchmark(benchmark.repository)
    second = selectors.current_version(benchmark)
    assert first
    assert second
    assert first.commit != second.commit
    assert first.fingerprint == second.fingerprint
    commit_files(benchmark.repository, alice, {"data/test.jsonl": ROWS + ROWS})
    services.index_benchmark(benchmark.repository)
    assert BenchmarkVersion.objects.values("fingerprint").distinct().count() == 2


def test_it_keeps_the_last_valid_version_and_states_the_problem(alice: User) -> None:
    benchmark = make_benchmark(alice)
    commit_files(benchmark.repository, alice, {"benchmark.yaml": "title: [\n"})
    services.index_benchmark(benchmark.repository)
    benchmark.refresh_from_db()
    assert "this is not YAML" in benchmark.problem
    assert selectors.current_version(benchmark) is not None
    commit_files(benchmark.repository, alice, {"benchmark.yaml": BENCHMARK_YAML})
    services.index_benchmark(benchmark.repository)
    benchmark.refresh_from_db()
    assert benchmark.problem == ""


def test_it_names_a_data_file_that_is_missing(alice: User) -> None:
    repository = make_repository(alice, "d", "dataset", files={"benchmark.yaml": BENCHMARK_YAML})
    repository.refresh_from_db()
    with pytest.raises(InvalidInput, match=r"Line 7: The declaration names data/test\.jsonl"):
        services.version_at(repository, repository.head)


def test_it_tells_what_is_wrong_with_a_first_declaration(alice: User) -> None:
    repository = make_repository(alice, "d", "dataset", files={"benchmark.yaml": BENCHMARK_YAML})
    benchmark = services.index_benchmark(repository)
    assert benchmark
    assert benchmark.problem.startswith("Line 7: ")
    assert selectors.current_version(benchmark) is None
    assert list(selectors.benchmarks_visible_to(actor_for(alice))) == []
    commit_files(repository, alice, {"data/test.jsonl": ROWS})
    repository.refresh_from_db()
    services.index_benchmark(repository)
    [listed] = selectors.benchmarks_visible_to(actor_for(alice))
    assert (listed.title, listed.problem) == ("English to French", "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{{fr}}",
            "{{french}}",
            "Line 9: `target` names the column `french`, which data/test.jsonl lacks. It has: en, fr.",
        ),
        ("{{en}}", "{{en}} {{tone|upper}}", "Line 8: `prompt` names the column `tone`"),
        ("data/test.jsonl", "data/test.parquet", "Line 7: data/test.parquet cannot be read as Parquet"),
    ],
)
def test_it_looks_for_the_columns_in_the_data(alice: User, old: str, new: str, message: str) -> None:
    files = {
        "benchmark.yaml": BENCHMARK_YAML.replace(old, new),
        "data/test.jsonl": ROWS,
        "data/test.parquet": "no",
    }
    benchmark = services.index_benchmark(make_repository(alice, "d", "dataset", files=files))
    assert benchmark
    assert benchmark.problem.startswith(message)


def test_it_reads_the_schema_of_parquet(alice: User) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"en": ["a"], "de": ["b"]}), sink)
    repository = make_repository(alice, "d", "dataset", files={"data/test.parquet": sink.getvalue()})
    text = BENCHMARK_YAML.replace("data/test.jsonl", "data/test.parquet")
    commit_files(repository, alice, {"benchmark.yaml": text})
    repository.refresh_from_db()
    benchmark = services.index_benchmark(repository)
    assert benchmark
    assert (
        benchmark.problem
        == "Line 9: `target` names the column `fr`, which data/test.parquet lacks. It has: de, en."
    )


def test_it_leaves_other_repositories_alone(alice: User) -> None:
    assert services.index_benchmark(make_repository(alice, "plain", "dataset")) is None
    model = make_repository(alice, "model", files={"benchmark.yaml": BENCHMARK_YAML})
    assert services.index_benchmark(model) is None


def test_it_shows_private_benchmarks_to_members_only(alice: User) -> None:
    make_benchmark(alice, "secret", private=True)
    stranger = actor_for(make_user("eve"))
    assert list(selectors.benchmarks_visible_to(stranger)) == []
    with pytest.raises(NotFound):
        selectors.get_benchmark(stranger, "alice", "secret")
    assert selectors.get_benchmark(actor_for(alice), "alice", "secret").title == "English to French"
