"""The whole service is killed between any two of its steps; nothing acknowledged may be lost."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.live import ROOT, LiveHub

WRITER = """
import itertools, os
import django
django.setup()
from hub.accounts.selectors import actor_for_user, get_user
from models_app.commits.operations import AddFile
from models_app.commits.services import commit
from models_app.repositories.access import get_repository_for

actor = actor_for_user(get_user("kim"))
for n in itertools.count():
    repository = get_repository_for(actor, "model", "kim/m")
    operations = [AddFile(f"{os.getpid()}/{n}/{i}.txt", b"x" * 100) for i in range(20)]
    print(commit(actor, repository, "main", operations, summary=str(n)).commit, flush=True)
"""
READER = """
import django
django.setup()
from models_app.commits.selectors import history
from models_app.repositories.models import Repository
row = Repository.objects.get()
print(row.commit_count, *(c.id for c in history(row, row.head, limit=100_000).commits))
"""
KILLS = 6


@pytest.fixture
def hub():
    hub = LiveHub().start()
    hub.manage("create_user", "kim", "--password", "a long password")
    hub.manage("create_repository", "kim/m", "--as", "kim")
    yield hub
    hub.close()


def run(hub, script, **options):
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=hub.env, stdout=subprocess.PIPE, text=True, **options
    )


@pytest.mark.slow
def test_it_loses_no_acknowledged_commit_and_heals(hub):
    chance, acknowledged = random.Random(7), set()
    for _ in range(KILLS):
        writer = run(hub, WRITER)
        lines = [writer.stdout.readline()]
        time.sleep(chance.random() * 0.3)
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.wait()
        acknowledged |= {line.strip() for line in lines if line.endswith("\n")}
        for lock in hub.data.glob("repos/*/*/refs/**/*.lock"):
            os.utime(lock, (0, 0))
    hub.manage("fsck", "--full", "--repair")
    assert "No errors; 0 findings" in hub.manage("fsck", "--full")
    reader = run(hub, READER)
    count, *commits = reader.communicate()[0].split()
    assert len(acknowledged) > KILLS
    assert acknowledged <= set(commits)
    assert int(count) == len(commits)
