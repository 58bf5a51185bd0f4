import os
import shutil
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from models_app.commits import checking, upkeep
from models_app.commits.operations import AddLargeFile
from models_app.commits.services import commit
from models_app.content import selectors as content
from models_app.repositories import selectors
from models_app.repositories.models import Repository, RepositoryLfsObject
from models_app.storage import git_upkeep
from models_app.storage.git_objects import GitRepository
from models_app.storage.git_store import store
from tests.factories.repositories import actor_of, commit_files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(tmp_path, settings):
    """A folder of its own: other tests leave repositories of rows that were rolled back."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def problems(**options):
    return [f"{finding.place} {finding.problem}" for finding in checking.check_everything(**options)]


@pytest.fixture
def large(alice, repository, upload):
    large = upload(repository, b"w" * 500)
    commit(actor_of(alice), repository, "main", [AddLargeFile("w.bin", large.sha256)], summary="w")
    return large


def test_it_finds_nothing_where_all_is_well(alice, repository, large):
    commit_files(repository, alice, {"a": "1", "text-like-a-pointer.txt": f"oid sha256:{'a' * 64}"})
    assert problems(full=True) == []
    call_command("fsck")


def test_it_finds_an_index_that_lags_and_repairs_it(alice, repository):
    head = repository.head
    commit_files(repository, alice, {"a": "1"})
    Repository.objects.update(head=head, commit_count=1)
    assert "is indexed at" in problems()[0]
    with pytest.raises(CommandError, match="1 errors"):
        call_command("fsck")
    call_command("fsck", "--repair")
    assert problems() == []
    assert Repository.objects.get().commit_count == 2


def test_it_finds_a_missing_folder_and_a_missing_branch(repository):
    git = GitRepository(store().path(repository.storage_id))
    git.delete_ref("refs/heads/main")
    assert "has no branch main" in problems()[0]
    shutil.rmtree(git.path)
    assert "has no folder" in problems()[0]


def test_it_finds_a_damaged_pack(alice, repository):
    commit_files(repository, alice, {"a": os.urandom(10_000)})
    for pack in (store().path(repository.storage_id) / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o644)
        with pack.open("r+b") as file:
            file.seek(100)
            file.write(b"damage")
    assert problems(full=True)


def test_it_finds_large_files_without_link_or_bytes(repository, large):
    Path(content.local_path(large)).unlink()
    assert any("bytes are missing" in problem for problem in problems())
    RepositoryLfsObject.objects.all().delete()
    assert any("is not linked to it" in problem for problem in problems())


def test_it_tidies_what_dead_processes_left(alice, repository):
    path = store().path(repository.storage_id)
    leftovers = [path / "objects" / "pack" / "tmp_pack_x", path / "refs" / "heads" / "main.lock"]
    for leftover in leftovers:
        leftover.touch()
        os.utime(leftover, (0, 0))
    stray = store().create("cd" * 16).path
    os.utime(stray, (0, 0))
    (path / "config").write_text("[core]\n\tbare = true\n\trepositoryformatversion = 0\n")
    assert len(problems()) == 4
    call_command("fsck", "--repair")
    assert problems() == []
    assert not stray.exists()
    assert not any(leftover.exists() for leftover in leftovers)


def test_it_rebuilds_indexes_by_command(alice, repository, capsys):
    commit_files(repository, alice, {"README.md": "---\nlicense: mit\n---\n"})
    Repository.objects.update(licence="", commit_count=9)
    call_command("reindex", "alice/m")
    row = Repository.objects.get()
    assert (row.licence, row.commit_count) == ("mit", 2)
    call_command("reindex", "--json")
    assert '"reindexed": 1' in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("reindex", "alice/none")


def test_it_heals_and_joins_packs_on_its_hourly_round(alice, repository, monkeypatch):
    monkeypatch.setattr("models_app.storage.git_upkeep.MANY_PACKS", 3)
    for n in range(5):
        commit_files(repository, alice, {f"f{n}": str(n)})
    head = repository.head
    Repository.objects.update(head="0" * 40)
    done = upkeep.run()
    assert (done.healed, done.failed) == (1, 0)
    assert Repository.objects.get().head == head
    assert len(list((store().path(repository.storage_id) / "objects" / "pack").glob("*.pack"))) < 4
    assert selectors.read_small(repository, head, "f0") == b"0"


def test_commits_that_leave_many_packs_have_them_joined_soon(alice, repository, monkeypatch):
    sent = []
    monkeypatch.setattr("models_app.storage.git_upkeep.MANY_PACKS", 3)
    monkeypatch.setattr("hub.core.enqueue.enqueue_after_commit", lambda *args: sent.append(args))
    for n in range(5):
        commit_files(repository, alice, {f"f{n}": str(n)})
    assert ("models_app.storage.tidy", repository.pk) in sent
    path = store().path(repository.storage_id)
    with git_upkeep.alone(path):
        upkeep.tidy(repository.pk)
    assert git_upkeep.pack_count(path) > 3
    upkeep.tidy(repository.pk)
    assert git_upkeep.pack_count(path) < 4
    assert selectors.read_small(repository, Repository.objects.get().head, "f0") == b"0"


def test_it_keeps_large_files_of_a_push_that_was_never_indexed(alice, repository, large):
    RepositoryLfsObject.objects.update(committed_at=None, created_at="2020-01-01T00:00:00Z")
    mark = store().path(repository.storage_id) / "hub.pushing.1"
    mark.touch()
    os.utime(mark, (time.time() - 86_400,) * 2)
    upkeep.run()
    assert RepositoryLfsObject.objects.get().committed_at
    assert not mark.exists()


def test_it_goes_on_past_a_repository_that_fails(repository):
    shutil.rmtree(store().path(repository.storage_id))
    assert upkeep.run().failed == 1
