"""Several writers on one branch, with the database of a real hub (the one of tests has no waiting)."""

import subprocess
import sys

from tests.live import ROOT

WRITERS = """
import threading
import django
django.setup()
from django.db import connection
from hub.accounts.selectors import actor_for_user, get_user
from models_app.commits.models import PathChange
from models_app.commits.operations import AddFile
from models_app.commits.services import commit
from models_app.repositories import selectors
from models_app.repositories.access import get_repository_for

actor = actor_for_user(get_user("vera"))

def write(name):
    for n in range(5):
        repository = get_repository_for(actor, "model", "vera/shared")
        commit(actor, repository, "main", [AddFile(f"{name}/{n}", b"x")], summary="x")
    connection.close()

threads = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
row = get_repository_for(actor, "model", "vera/shared")
tip = selectors.resolve(row, "main").commit
files = [e for e in selectors.list_tree(row, tip, recursive=True).entries if not e.is_directory]
print(len(files), row.commit_count, row.head == tip, PathChange.objects.filter(repository=row).count())
"""


def test_it_serializes_writers_and_loses_none(live_hub):
    live_hub.manage("create_user", "vera", "--password", "a long password")
    live_hub.manage("create_repository", "vera/shared", "--as", "vera")
    command = [sys.executable, "-c", WRITERS]
    done = subprocess.run(command, cwd=ROOT, env=live_hub.env, capture_output=True, text=True, timeout=120)
    # 20 files and .gitattributes; 20 commits and the first; a row for each file and each of 4 folders.
    assert done.stdout.split() == ["21", "21", "True", "25"], done.stderr
