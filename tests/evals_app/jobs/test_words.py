"""Jobs in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from evals_app.jobs import progress_words, words
from evals_app.jobs.failures import FailureCode
from evals_app.jobs.models import Job, JobTransition


@pytest.fixture
def job() -> Job:
    spec = {"model": {"id": "a/m"}, "benchmark": {"id": "a/b"}}
    return Job(kind="evaluate", title="Evaluate a/m on a/b", spec=spec, time_limit_seconds=90, max_attempts=3)


def test_titles_are_told_in_the_readers_language(job: Job) -> None:
    assert words.title(job) == "Evaluate a/m on a/b"
    with translation.override("zh-hans"):
        assert words.title(job) != job.title
        assert "a/m" in words.title(job)
    assert words.title(Job(kind="dance", title="Dance", spec={})) == "Dance"


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        ("Loading the libraries", "正在加载程序库"),
        ("Step 131, about 2 min left", "第 131 步，约剩 2 分钟"),
        ("en-fr, 32 of 100", "en-fr：32 / 100"),
        ("What no one has foreseen", "What no one has foreseen"),
    ],
)
def test_what_an_engine_is_at_is_told_in_the_readers_language(said: str, chinese: str) -> None:
    assert progress_words.in_words(said) == said
    with translation.override("zh-hans"):
        assert progress_words.in_words(said) == chinese


@pytest.mark.parametrize("code", [code for code in FailureCode if code != FailureCode.CANCELLED])
def test_every_failure_has_a_sentence_in_both_languages(job: Job, code: FailureCode) -> None:
    job.error_code, job.exit_code = code.value, -9
    english = words.failure(job)
    with translation.override("zh-hans"):
        chinese = words.failure(job)
    assert english
    assert chinese
    assert english != chinese


def test_failures_name_what_the_row_knows(job: Job) -> None:
    job.error_code, job.exit_code = "killed", -9
    assert "SIGKILL" in words.failure(job)
    job.error_code, job.error_message = "time-limit", "The job ran …"
    assert "90" in words.failure(job)
    assert words.details(job) == ""
    job.error_code, job.error_message = "bad-data", "row 3 has no text"
    assert words.details(job) == "row 3 has no text"


def test_moves_are_told_by_code() -> None:
    with translation.override("zh-hans"):
        told = words.reason(JobTransition(reason="lost-worker, attempt 1 of 3"))
        assert "lost-worker" not in told
        assert "attempt" not in told
        assert words.reason(JobTransition(reason="submitted")) != "submitted"
    assert words.reason(JobTransition(reason="something else")) == "something else"
