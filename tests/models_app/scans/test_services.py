from __future__ import annotations

import pickle

import pytest

from hub.activity import subscriptions
from models_app.scans import selectors, services
from models_app.scans.models import Level, PickleScan
from tests.factories.accounts import make_user
from tests.factories.repositories import commit_files, make_repository
from tests.models_app.previews.test_pickles import Harm

HARM, FINE = pickle.dumps(Harm()), pickle.dumps({"a": 1})


@pytest.fixture
def repository(db):
    files = {"bad.pkl": HARM, "deep/fine.pkl": FINE, "README.md": "# x"}
    return make_repository(make_user("alice"), "m", files=files)


def levels(repository) -> dict[str, str | None]:
    found = selectors.scans_at(repository, repository.head)
    return {path: scan.level if scan else None for path, scan in found.items()}


def test_a_commit_is_followed_by_a_scan(repository) -> None:
    assert services.FOLLOW_TASK in subscriptions.tasks_for("commit")
    assert levels(repository) == {"bad.pkl": None, "deep/fine.pkl": None}
    assert services.scan_commit(repository.pk, repository.head) == 2
    assert levels(repository) == {"bad.pkl": Level.DANGEROUS, "deep/fine.pkl": Level.INNOCUOUS}


def test_bytes_are_scanned_once_wherever_they_lie(repository) -> None:
    services.scan_commit(repository.pk, repository.head)
    commit_files(repository, make_user("bob") and repository.created_by, {"copy.pkl": HARM})
    assert levels(repository)["copy.pkl"] == Level.DANGEROUS
    assert services.scan_commit(repository.pk, repository.head) == 0


def test_a_new_scanner_looks_again(repository, monkeypatch) -> None:
    services.scan_commit(repository.pk, repository.head)
    PickleScan.objects.update(scanner="an older one", level=Level.INNOCUOUS)
    assert levels(repository) == {"bad.pkl": None, "deep/fine.pkl": None}
    assert services.scan_commit(repository.pk, repository.head) == 2
    assert levels(repository)["bad.pkl"] == Level.DANGEROUS


def test_many_files_are_taken_in_turns(repository, monkeypatch) -> None:
    sent = []
    monkeypatch.setattr(services, "MAX_AT_ONCE", 1)
    monkeypatch.setattr(services.enqueue, "enqueue_after_commit", lambda *args: sent.append(args))
    assert services.scan_commit(repository.pk, repository.head) == 1
    assert sent == [(services.SCAN_TASK, repository.pk, repository.head)]


def test_what_is_gone_needs_no_scan(repository) -> None:
    assert services.scan_commit(repository.pk + 1, "main") == 0
    assert services.scan_commit(repository.pk, "f" * 40) == 0


def test_it_asks_one_query_and_none_without_pickles(repository, django_assert_num_queries) -> None:
    entries = list(selectors.entries_at(repository, repository.head))
    with django_assert_num_queries(1):
        selectors.scans_of(entries)
    with django_assert_num_queries(0):
        selectors.scans_of([])
