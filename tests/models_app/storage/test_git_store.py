import os
import threading
import time

import pytest

from hub.core.errors import Busy, RepositoryNotFound
from models_app.storage import git_upkeep
from models_app.storage.git_objects import RefMoved
from models_app.storage.git_store import GitStore
from models_app.storage.git_trees import Overlay, apply
from models_app.storage.pack import PackWriter, entry_header, object_id

ID = "ab" * 16


@pytest.fixture
def store(tmp_path):
    return GitStore(tmp_path)


@pytest.fixture
def git(store):
    return store.create(ID)


def write_commit(git, name, parent=None):
    with PackWriter(git.path) as pack:
        edits = Overlay()
        edits.put(name, pack.add("blob", name.encode()))
        tree = apply(git, git.tree_id(parent) if parent else None, edits, pack)
        parents = f"parent {parent}\n" if parent else ""
        commit = pack.add(
            "commit", f"tree {tree}\n{parents}author a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nx\n".encode()
        )
        pack.publish()
    return commit


def test_it_makes_folders_that_git_accepts(store, git):
    assert store.exists(ID)
    assert list(store.storage_ids()) == [ID]
    assert git_upkeep.check(git.path, full=True) == []


def test_it_computes_gits_own_ids(git):
    assert object_id("blob", b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.mark.parametrize(
    ("size", "header"), [(0, b"\x30"), (15, b"\x3f"), (16, b"\xb0\x01"), (2048, b"\xb0\x80\x01")]
)
def test_it_writes_sizes_as_git_reads_them(size, header):
    assert entry_header("blob", size) == header


def test_it_shows_nothing_of_a_pack_before_it_is_published(git):
    with PackWriter(git.path) as pack:
        oid = pack.add("blob", b"x" * 100_000)
        pack.seal()
        assert oid not in git.raw
        assert not list(pack.folder.glob("pack-*"))
        pack.publish()
        assert git.blob(oid) == b"x" * 100_000
    assert len(list(pack.folder.iterdir())) == 2


def test_it_leaves_nothing_of_a_pack_that_was_given_up(git):
    for seal in (False, True):
        with PackWriter(git.path) as pack:
            pack.add("blob", b"x")
            if seal:
                pack.seal()
    assert not list((git.path / "objects" / "pack").iterdir())


def test_it_moves_a_reference_only_from_the_expected_commit(git):
    first = write_commit(git, "a")
    second = write_commit(git, "b", first)
    git.move_ref("refs/heads/main", expected=None, target=first)
    with pytest.raises(RefMoved):
        git.move_ref("refs/heads/main", expected=None, target=second)
    with pytest.raises(RefMoved):
        git.move_ref("refs/heads/main", expected=second, target=first)
    git.move_ref("refs/heads/main", expected=first, target=second)
    assert git.ref("refs/heads/main") == second


def test_it_lets_one_holder_in_at_a_time(store, git):
    entered, let_go = threading.Event(), threading.Event()

    def hold():
        with store.locked(ID):
            entered.set()
            let_go.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(5)
    with pytest.raises(Busy), store.locked(ID, wait_seconds=0.05):
        pass
    let_go.set()
    holder.join()
    with store.locked(ID, wait_seconds=0):
        pass


def test_it_removes_reference_locks_of_dead_processes(store, git):
    old, young = (git.path / "refs" / "heads" / name for name in ("main.lock", "dev.lock"))
    for lock in (old, young):
        lock.touch()
    os.utime(old, (time.time() - 120,) * 2)
    with store.locked(ID):
        assert not old.exists()
        assert young.exists()


def test_it_discards_repositories_into_the_trash(store, git):
    store.discard(ID)
    store.discard(ID)
    with pytest.raises(RepositoryNotFound):
        store.open(ID)
    with pytest.raises(RepositoryNotFound), store.locked(ID):
        pass
    assert git_upkeep.empty_trash(store) == 0
    os.utime(store.root / "trash" / f"{ID}.git", (0, 0))
    assert git_upkeep.empty_trash(store) == 1


def test_it_joins_many_packs_and_keeps_every_object(store, git):
    tip = None
    for n in range(git_upkeep.MANY_PACKS + 1):
        tip = write_commit(git, f"f{n}", tip)
    git.move_ref("refs/heads/main", expected=None, target=tip)
    assert git_upkeep.needs_repack(git.path)
    git_upkeep.repack(git.path)
    assert git_upkeep.pack_count(git.path) < 10
    assert store.open(ID).entry(tip, "f0") is not None
    git_upkeep.repack_fully(git.path)
    assert git_upkeep.check(git.path, full=True) == []
    assert store.open(ID).entry(tip, "f50") is not None


def test_it_keeps_young_objects_that_no_reference_names(store, git):
    commit = write_commit(git, "a")
    git_upkeep.repack_fully(git.path)
    assert store.open(ID).commit_id(commit) == commit


def test_it_counts_packs_while_others_are_joined(store, git):
    write_commit(git, "a")
    before = store.pack_bytes(ID)
    # Listed, and gone when it is looked at.
    (store.path(ID) / "objects" / "pack" / "pack-gone.pack").symlink_to("nowhere")
    assert store.pack_bytes(ID) == before > 0
