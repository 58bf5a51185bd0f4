"""What clients are told of files that may run code."""

from __future__ import annotations

import pickle

import pytest

from models_app.scans import services
from tests.factories.repositories import make_repository
from tests.models_app.previews.test_pickles import Harm


@pytest.fixture
def repository(alice):
    return make_repository(alice, "m", files={"bad.pkl": pickle.dumps(Harm()), "a.txt": "x"})


def statuses(caller) -> dict[str, str]:
    entries = caller().get("/api/models/alice/m/tree/main?expand=true").json()
    return {
        entry["path"]: entry["securityFileStatus"]["status"]
        for entry in entries
        if "securityFileStatus" in entry
    }


def test_a_file_waits_and_is_then_judged(caller, repository) -> None:
    assert statuses(caller) == {"bad.pkl": "queued"}
    services.scan_commit(repository.pk, "main")
    assert statuses(caller) == {"bad.pkl": "unsafe"}
    asked = caller().post("/api/models/alice/m/paths-info/main", {"paths": ["bad.pkl"], "expand": True})
    (entry,) = asked.json()
    assert entry["securityFileStatus"]["pickleImportScan"] == {
        "status": "unsafe",
        "highestSafetyLevel": "dangerous",
        "pickleImports": [{"module": "posix", "name": "system", "safety": "dangerous"}],
    }
    assert entry["securityFileStatus"]["avScan"] is None


def test_a_repository_names_its_bad_files(caller, repository) -> None:
    def status() -> dict:
        found: dict = caller().get("/api/models/alice/m?securityStatus=true").json()["securityRepoStatus"]
        return found

    assert status() == {"scansDone": False, "filesWithIssues": []}
    services.scan_commit(repository.pk, "main")
    assert status() == {"scansDone": True, "filesWithIssues": [{"path": "bad.pkl", "level": "unsafe"}]}


def test_a_plain_tree_asks_for_no_scan(caller, repository, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(2):
        (first, *_) = caller().get("/api/models/alice/m/tree/main").json()
    assert "securityFileStatus" not in first
