"""A process that commits is killed again and again; what it acknowledged must be there."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models_app.storage import git_upkeep
from models_app.storage.git_objects import GitRepository
from models_app.storage.git_store import GitStore

WRITER = """
import sys
from pathlib import Path
import django
from django.conf import settings
settings.configure()
django.setup()
from hub.core import clock
from models_app.storage import git_commits
from models_app.storage.git_store import GitStore
from models_app.storage.git_trees import Overlay, apply
from models_app.storage.pack import PackWriter

store, n = GitStore(Path(sys.argv[1])), int(sys.argv[2])
while True:
    n += 1
    with store.locked("ab" * 16), PackWriter(store.path("ab" * 16)) as pack:
        git = store.open("ab" * 16)
        tip = git.ref("refs/heads/main")
        edits = Overlay()
        edits.put(f"{n % 7}/{n}", pack.add("blob", b"%d" % n))
        tree = apply(git, git.tree_id(tip) if tip else None, edits, pack)
        signature = git_commits.Signature("a", "b")
        data = git_commits.serialize(tree, [tip] if tip else [], signature, clock.now(), str(n), "")
        commit = pack.add("commit", data)
        pack.publish()
        git.move_ref("refs/heads/main", expected=tip, target=commit)
    print(n, commit, flush=True)
"""
KILLS = 3


def start(root, n):
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(n)], env=environ, stdout=subprocess.PIPE, text=True
    )


def kill_somewhere(writer, chance):
    """Wait for the first commit, let it run for a moment, kill it; returns what it acknowledged."""
    lines = [writer.stdout.readline()]
    time.sleep(chance.random() * 0.1)
    os.kill(writer.pid, signal.SIGKILL)
    lines += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    return [line.split() for line in lines if line.count(" ") == 1 and line.endswith("\n")]


@pytest.mark.timeout(120)
def test_it_loses_no_acknowledged_commit(tmp_path):
    chance, store, acknowledged = random.Random(4), GitStore(tmp_path), []
    store.create("ab" * 16)
    for n in range(KILLS):
        acknowledged += kill_somewhere(start(tmp_path, n * 100_000), chance)
        age_locks(store.path("ab" * 16))
    git = GitRepository(store.path("ab" * 16))
    assert len(acknowledged) > KILLS
    history = {str(commit.id) for commit in git.raw.walk(git.ref("refs/heads/main"))}
    assert {commit for _, commit in acknowledged} <= history
    assert git_upkeep.check(git.path, full=True) == []


def age_locks(path):
    """As if a minute had passed: then the next holder of the repository's lock removes them."""
    for lock in path.glob("refs/**/*.lock"):
        os.utime(lock, (0, 0))
