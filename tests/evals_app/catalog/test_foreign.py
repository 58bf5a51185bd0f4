"""Declarations of others: task files of the harness, and the ecosystem's eval.yaml; suites; the schema."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from evals_app.catalog import ecosystem, harness_tasks, imports, reader, schema, selectors, services, suites
from evals_app.catalog.harness_tasks import Data
from evals_app.jobs import suites as suite_jobs
from evals_app.jobs.models import Job
from hub.accounts.models import User
from hub.core.errors import HubError, InvalidInput
from hub.site.demo import content, sets
from models_app.repositories import selectors as repositories
from tests.factories.accounts import actor_for, make_token, make_user
from tests.factories.jobs import BENCHMARK_YAML, make_benchmark, make_evaluation, make_queues, make_suite
from tests.factories.repositories import make_repository

TASK = """\
task: boolq_like
dataset_path: acme/boolq
output_type: multiple_choice
validation_split: validation
doc_to_text: "{{passage}}\\nQuestion: {{question}}?\\nAnswer:"
doc_to_target: label
doc_to_choice: ["no", "yes"]
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: 2.0
"""


def here(_source: str, _configuration: str, split: str) -> Data:
    return Data("acme/boolq", "a" * 40, f"data/{split}.parquet")


def convert(text: str) -> reader.Declaration:
    return reader.parse(harness_tasks.convert(text, here))


class TestHarnessTasks:
    def test_it_takes_over_a_choice_with_the_harness_own_delimiter(self) -> None:
        [task] = convert(TASK).tasks
        assert (task.name, task.kind, task.version) == ("boolq_like", "multiple-choice", "2.0")
        assert task.data == {
            "repository": "acme/boolq",
            "commit": "a" * 40,
            "file": "data/validation.parquet",
        }
        assert (task.target, task.choices, task.delimiter) == ("{{label}}", ("no", "yes"), " ")
        assert [metric.name for metric in task.metrics] == ["acc"]

    def test_it_takes_over_generation_and_solved_examples(self) -> None:
        [task] = convert(
            "task: T\ndataset_path: a/b\ntest_split: test\nfewshot_split: train\nnum_fewshot: 2\n"
            "doc_to_text: 'Q: {{q}}'\ndoc_to_target: '{{a}}'\ntarget_delimiter: ''\n"
            "metric_list: [{metric: bleu}]\n"
            'generation_kwargs: {until: ["\\n"], max_gen_toks: 32, do_sample: false}\n'
        ).tasks
        assert task.decoding
        assert (task.few_shot, task.data["few_shot_file"]) == (2, "data/train.parquet")
        assert (task.decoding.max_new_tokens, task.decoding.stop, task.delimiter) == (32, ("\n",), "")

    def test_it_takes_over_rolling_likelihoods(self) -> None:
        [task] = convert(
            "task: wiki\ndataset_path: a/b\ntest_split: test\noutput_type: loglikelihood_rolling\n"
            "doc_to_text: ''\ndoc_to_target: page\n"
            "metric_list: [{metric: word_perplexity}, {metric: bits_per_byte}]\n"
        ).tasks
        assert (task.kind, task.target) == ("language-modelling", "{{page}}")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("doc_to_target: label", "doc_to_target: !function u.target", "Line 6: `!function` runs code"),
            ("metadata:", "process_docs: 3\nmetadata:", "Line 12: `process_docs` cannot be taken over"),
            ("metadata:", "include: base.yaml\nmetadata:", "Line 12: `include` cannot be taken"),
            ("multiple_choice", "loglikelihood", "Line 3: `output_type: loglikelihood` cannot be taken over"),
            ("metric: acc\n", "metric: brier\n", "Line 9: The metric `brier` is not known here"),
            ("aggregation: mean", "hf_evaluate: true", "Line 10: `hf_evaluate` loads code"),
            ("aggregation: mean", "ignore_case: true", "Line 10: `ignore_case` changes what `acc` means"),
            ("validation_split: validation\n", "", "Line 1: `test_split` is missing"),
            ("metadata:", "surprise: 1\nmetadata:", "Line 12: `surprise` is not known here"),
            (
                "metadata:",
                "filter_list:\n- name: x\n  filter:\n  - function: regex\nmetadata:",
                "Line 13: The filter `regex` changes answers",
            ),
        ],
    )  # fmt: skip
    def test_it_says_the_line_of_what_it_cannot_take_over(self, old: str, new: str, message: str) -> None:
        assert old in TASK
        with pytest.raises(InvalidInput) as caught:
            convert(TASK.replace(old, new))
        assert message in caught.value.message


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.mark.django_db
class TestImports:
    def test_it_pins_the_data_that_lie_on_this_hub(self, alice: User) -> None:
        rows = '{"passage": "a", "question": "b", "label": 1}\n'
        data = make_repository(
            alice, "boolq", "dataset", files={"data/validation-00000-of-00001.jsonl": rows}
        )
        data.refresh_from_db()
        text = TASK.replace("acme/boolq", "alice/boolq")
        [task] = reader.parse(imports.from_harness(actor_for(alice), text)).tasks
        assert task.data["commit"] == data.head
        assert task.data["file"] == "data/validation-00000-of-00001.jsonl"
        make_repository(alice, "hidden", "dataset", True, {"data/validation.jsonl": rows})
        with pytest.raises(InvalidInput, match="Line 4: The data set alice/hidden is not on this hub"):
            imports.from_harness(actor_for(make_user("eve")), TASK.replace("acme/boolq", "alice/hidden"))

    def test_the_command_commits_it(self, alice: User, tmp_path: Path) -> None:
        make_repository(alice, "boolq", "dataset", files={"data/validation.jsonl": '{"passage": "a"}\n'})
        target = make_repository(alice, "imported", "dataset")
        path = tmp_path / "task.yaml"
        path.write_text(TASK.replace("acme/boolq", "alice/boolq"))
        call_command("import_benchmark", str(path), "--as", "alice", "--to", "alice/imported", verbosity=0)
        target.refresh_from_db()
        kept = repositories.read_small(target, target.head, "benchmark.yaml")
        assert kept
        assert reader.parse(kept.decode()).tasks[0].name == "boolq_like"

    def test_a_page_and_the_api_convert_too(self, alice: User, client: Client) -> None:
        make_repository(alice, "boolq", "dataset", files={"data/validation.jsonl": '{"passage": "a"}\n'})
        client.force_login(alice)
        text = TASK.replace("acme/boolq", "alice/boolq")
        assert "multiple-choice" in client.post("/benchmarks/import", {"task": text}).content.decode()
        refused = client.post("/benchmarks/import", {"task": TASK})
        assert refused.status_code == 422
        assert "is not on this hub" in refused.content.decode()
        answer = client.post("/api/v1/benchmarks/import", {"task": text}, content_type="application/json")
        assert "boolq_like" in answer.json()["declaration"]


EVAL = """\
name: Capitals
description: Which city it is.
evaluation_framework: inspect-ai
tasks:
- id: capitals
  split: test
  field_spec: {input: question, target: answer}
  solvers: [{name: generate}]
  scorers: [{name: exact}, {name: f1}]
"""


@pytest.mark.django_db
class TestEcosystem:
    def test_what_can_be_expressed_is_measured_here(self, alice: User) -> None:
        files = {"eval.yaml": EVAL, "data/test.jsonl": '{"question": "a", "answer": "b"}\n'}
        benchmark = services.index_benchmark(make_repository(alice, "capitals", "dataset", files=files))
        assert benchmark
        version = selectors.current_version(benchmark)
        assert version
        [task] = version.declaration["tasks"]
        assert (task["kind"], task["data"]["file"]) == ("question-answering", "data/test.jsonl")
        assert [metric["name"] for metric in task["metrics"]] == ["quasi_exact_match", "f1"]

    def test_the_rest_is_shown_as_declared_elsewhere(self, alice: User, client: Client) -> None:
        text = EVAL.replace("{name: generate}", "{name: react, args: {tools: 3}}")
        repository = make_repository(alice, "agents", "dataset", files={"eval.yaml": text})
        benchmark = services.index_benchmark(repository)
        assert benchmark
        assert (benchmark.title, benchmark.problem) == ("Capitals", "")
        assert benchmark.elsewhere["framework"] == "inspect-ai"
        page = client.get("/benchmarks/alice/agents").content.decode()
        assert "Declared for inspect-ai; it is run there." in page

    def test_a_broken_one_says_its_line(self, alice: User) -> None:
        repository = make_repository(alice, "broken", "dataset", files={"eval.yaml": "name: x\ntasks: 3\n"})
        benchmark = services.index_benchmark(repository)
        assert benchmark
        assert benchmark.problem.startswith("Line 2: `tasks` must be a list")

    def test_it_names_no_task_it_does_not_understand(self) -> None:
        found = ecosystem.read(EVAL.replace("exact", "model_graded"), lambda *_: "data/test.jsonl")
        assert isinstance(found, ecosystem.Elsewhere)
        assert "Line 9: Only the scorers exact, f1" in found.reason


@pytest.mark.django_db
class TestSuites:
    def test_a_model_is_measured_on_all_of_it_or_on_nothing(self, alice: User, client: Client) -> None:
        make_benchmark(alice)
        make_benchmark(alice, "second")
        text = (
            "title: Two\nversion: 1\nbenchmarks:\n- alice/translation\n- {benchmark: alice/%s, weight: 2}\n"
        )
        suite = make_suite(alice, "two", text=text % "second")
        make_queues()
        make_repository(alice, "m", files={"config.json": "{}"})
        jobs = suite_jobs.submit(actor_for(alice), suite, {"owner": "alice", "model": "alice/m"})
        assert [job.spec["benchmark"]["id"] for job in jobs] == ["alice/translation", "alice/second"]
        broken = make_suite(alice, "broken", text=text % "absent")
        with pytest.raises(HubError, match="alice/absent"):
            suite_jobs.submit(actor_for(alice), broken, {"owner": "alice", "model": "alice/m"})
        assert Job.objects.count() == 2
        headers = {"Authorization": f"Bearer {make_token(alice, 'write')}"}
        answer = client.post(
            "/api/v1/suites/alice/two/jobs",
            {"owner": "alice", "model": "alice/m"},
            content_type="application/json",
            headers=headers,
        )
        assert len(answer.json()) == 2

    def test_a_page_shows_and_orders_it(self, alice: User, client: Client) -> None:
        make_evaluation(alice)
        make_suite(alice)
        assert "Tour" in client.get("/suites").content.decode()
        client.force_login(alice)
        assert "alice/translation" in client.get("/suites/alice/tour").content.decode()
        form = {"owner": "alice", "queue": "cpu", "model": "alice/m"}
        assert client.post("/suites/alice/tour", form).status_code == 302
        assert client.post("/suites/alice/tour", {**form, "model": "alice/none"}).status_code == 422

    def test_a_broken_one_says_its_line_and_keeps_the_last(self, alice: User) -> None:
        suite = make_suite(alice)
        assert suite.declaration["benchmarks"][0]["weight"] == 2.0
        with pytest.raises(InvalidInput, match="Line 4: `weight` must be a number"):
            suites.parse("title: T\nversion: 1\nbenchmarks:\n- {benchmark: a/b, weight: -1}\n")
        broken = make_suite(alice, "broken", text="title: T\nbenchmarks: [a]\n")
        assert broken.problem.startswith("Line 2: `benchmark` must be namespace/name")
        assert [s.title for s in selectors.suites_visible_to(actor_for(alice))] == ["Tour"]


class TestSchema:
    def test_it_accepts_what_the_reader_accepts(self) -> None:
        declared = [BENCHMARK_YAML, *(c.benchmark.declaration for c in content.CORPORA)]
        declared += [ready.declaration for ready in sets.READY if ready.rows]
        for text in declared:
            reader.parse(text)
            jsonschema.validate(yaml.safe_load(text), schema.schema())

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("kind: translation", "kind: dance"),
            ("chrf]", "{name: comet, model: a/b, commit: " + "a" * 40 + "}]"),
            ("{file: data/test.jsonl}", "{file: a.jsonl, split: test}"),
            ("  target: ", "  tarket: "),
            ("64", "0"),
        ],
    )
    def test_it_refuses_what_the_reader_refuses(self, old: str, new: str) -> None:
        text = BENCHMARK_YAML.replace(old, new)
        with pytest.raises(InvalidInput):
            reader.parse(text)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(text), schema.schema())

    @pytest.mark.django_db
    def test_the_api_gives_it_and_checks_a_text(self, client: Client) -> None:
        assert client.get("/api/v1/benchmarks/schema").json()["title"] == "benchmark.yaml"
        broken = BENCHMARK_YAML.replace("kind: translation", "kind: dance")
        answer = client.post(
            "/api/v1/benchmarks/check", {"declaration": broken}, content_type="application/json"
        )
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("Line 6: `kind` must be one of")
