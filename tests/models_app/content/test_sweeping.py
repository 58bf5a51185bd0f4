"""What nothing names any more is forgotten, after a time of grace."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from hub.core import clock
from models_app.content import selectors, services, sweeping
from models_app.content.models import LfsObject, XetFile, XetXorb
from models_app.repositories import large_files
from models_app.repositories.models import Repository, RepositoryLfsObject
from models_app.storage.stores import open_store
from tests.factories.accounts import make_user
from tests.factories.large_files import commit_large_file, upload, upload_by_xet
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

WEEKS_AGO = clock.now() - timedelta(days=31)


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def repository() -> Repository:
    return make_repository(make_user("alice"), "thing")


def let_weeks_pass() -> None:
    LfsObject.objects.exclude(unused_since=None).update(unused_since=WEEKS_AGO)
    XetXorb.objects.update(last_named_at=WEEKS_AGO)
    RepositoryLfsObject.objects.update(created_at=WEEKS_AGO)


def test_a_committed_file_stays(repository: Repository) -> None:
    sha256 = upload(repository, b"weights")
    commit_large_file(repository, repository.namespace.user, "w.bin", sha256)
    file = upload_by_xet(repository)
    commit_large_file(repository, repository.namespace.user, "x.bin", file.real_sha256)
    for _ in range(2):
        let_weeks_pass()
        large_files.sweep_content()
    assert LfsObject.objects.count() == 2
    assert b"".join(selectors.read_range(LfsObject.objects.get(pk=sha256), 0, 7)) == b"weights"
    xet = LfsObject.objects.get(pk=file.real_sha256)
    assert b"".join(selectors.read_range(xet, 0, xet.size)) == file.content
    assert list(selectors.verify_rows()) == []


def test_an_upload_that_no_commit_named_goes_after_two_times_of_grace(
    repository: Repository, own_data: Path
) -> None:
    upload(repository, b"weights")
    upload_by_xet(repository)
    large_files.sweep_content()
    assert RepositoryLfsObject.objects.count() == 2, "it is young"
    let_weeks_pass()
    large_files.sweep_content()
    assert LfsObject.objects.count() == 2, "marked, and kept for another week"
    let_weeks_pass()
    swept = large_files.sweep_content()
    assert (swept.files, swept.xorbs) == (2, 1)
    assert not LfsObject.objects.exists()
    assert not XetFile.objects.exists()
    assert [
        path for kind in ("lfs", "xorbs") for path in (own_data / kind).rglob("*") if path.is_file()
    ] == []


def test_a_file_that_is_linked_again_is_taken_back(repository: Repository) -> None:
    sha256 = upload(repository, b"weights")
    RepositoryLfsObject.objects.all().delete()
    large_files.sweep_content()
    let_weeks_pass()
    large_files.link(repository, sha256)
    assert large_files.sweep_content().files == 0
    assert LfsObject.objects.get().unused_since is None


def test_a_xorb_outlives_its_last_naming_by_30_days(repository: Repository) -> None:
    upload_by_xet(repository)
    XetFile.objects.all().update(sha256="0" * 64)
    RepositoryLfsObject.objects.all().delete()
    LfsObject.objects.all().delete()
    XetFile.objects.all().delete()
    XetXorb.objects.update(last_named_at=clock.now() - timedelta(days=29))
    assert large_files.sweep_content().xorbs == 0
    XetXorb.objects.update(last_named_at=WEEKS_AGO)
    assert large_files.sweep_content().xorbs == 1


def test_objects_without_rows_are_found_and_swept_when_old(own_data: Path) -> None:
    services.receive_blob([b"x"], "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 1)
    LfsObject.objects.all().delete()
    [found] = selectors.verify_rows()
    assert (found.kind, found.is_error) == ("blob", False)
    assert large_files.sweep_content().strays == 0
    path = open_store("lfs").local_path(found.key)
    assert path is not None
    os.utime(path, (0, time.time() - 3 * 86_400))
    assert large_files.sweep_content().strays == 1
    assert not path.exists()


def test_a_linked_file_is_never_forgotten(repository: Repository) -> None:
    sha256 = upload(repository, b"weights")
    LfsObject.objects.update(unused_since=WEEKS_AGO)
    assert sweeping.forget_file(sha256) is False
    assert LfsObject.objects.filter(pk=sha256).exists()


def test_damage_is_reported(repository: Repository) -> None:
    upload_by_xet(repository)
    path = open_store("xorbs").local_path(XetXorb.objects.get().hash)
    assert path is not None
    with path.open("ab") as file:
        file.write(b"!")
    [found] = selectors.verify_rows()
    assert (found.kind, found.is_error, "instead of" in found.problem) == ("xorb", True, True)
