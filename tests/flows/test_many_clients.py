"""32 clients commit to one repository at the same moment, each in its own way."""

from __future__ import annotations

import json
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError

from tests.contract.people import Person, make_person
from tests.live import LiveHub
from tests.models_app.git_http.real_git import ENV, address, git

BY_CLIENT, BY_HTTP, BY_GIT = 20, 6, 6
CLIENTS = BY_CLIENT + BY_HTTP + BY_GIT
ROUNDS = 4
# A conflict, another parent than was said, or a hub that is busy: the client knows that nothing was done.
REFUSALS = {409, 412, 503}


@dataclass
class Told:
    """What one client was told: commits that were accepted, by the path they brought, and refusals."""

    commits: dict[str, str] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)


@dataclass
class Scene:
    hub: LiveHub
    person: Person
    name: str
    start: threading.Barrier
    folder: Path

    def by_client(self, number: int) -> Told:
        api, told = HfApi(endpoint=self.hub.url, token=self.person.token), Told()
        self.start.wait()
        for path in paths(number):
            try:
                done = api.create_commit(
                    self.name, [CommitOperationAdd(path, path.encode())], commit_message=path, num_threads=1
                )
            except HfHubHTTPError as error:
                told.refusals.append(error.response.status_code)
            else:
                told.commits[path] = done.oid
        return told

    def by_http(self, number: int) -> Told:
        """Each commit says which parent it was made for."""
        told = Told()
        self.start.wait()
        for path in paths(number):
            head = self.ask(f"/api/models/{self.name}")["sha"]
            lines = [
                {"key": "header", "value": {"summary": path, "parentCommit": head}},
                {"key": "file", "value": {"path": path, "content": path}},
            ]
            body = "\n".join(map(json.dumps, lines)).encode()
            try:
                told.commits[path] = self.ask(f"/api/models/{self.name}/commit/main", body)["commitOid"]
            except urllib.error.HTTPError as error:
                told.refusals.append(error.code)
        return told

    def ask(self, path: str, body: bytes | None = None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.person.token}", "Content-Type": "application/x-ndjson"}
        with urllib.request.urlopen(urllib.request.Request(self.hub.url + path, body, headers)) as answer:
            return dict(json.load(answer))

    def by_git(self, number: int) -> Told:
        clone, told = self.folder / str(number), Told()
        git("clone", "-q", address(self.hub, self.person, self.name), str(clone))
        self.start.wait()
        for path in paths(number):
            git("pull", "-q", "--rebase", cwd=clone)
            (clone / path).parent.mkdir(exist_ok=True, parents=True)
            (clone / path).write_text(path)
            git("add", "-A", cwd=clone)
            git("commit", "-q", "-m", path, cwd=clone)
            done = subprocess.run(["git", "push"], cwd=clone, env=ENV, capture_output=True, text=True)
            if done.returncode:
                assert "rejected" in done.stderr or "failed to update ref" in done.stderr, done.stderr
                told.refusals.append(409)
                git("reset", "-q", "--hard", "HEAD~1", cwd=clone)
            else:
                told.commits[path] = git("rev-parse", "HEAD", cwd=clone).strip()
        return told


def paths(number: int) -> list[str]:
    return [f"client-{number}/{turn}.txt" for turn in range(ROUNDS)]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    hub = LiveHub()
    try:
        hub.start(threads=48)
        person = make_person(hub)
        hub.manage("create_repository", f"{person.name}/shared", "--as", person.name)
        yield Scene(hub, person, f"{person.name}/shared", threading.Barrier(CLIENTS), tmp_path)
    finally:
        hub.close()


@pytest.mark.slow
def test_every_commit_is_in_the_history_or_was_refused(scene: Scene) -> None:
    ways: list[Callable[[int], Told]] = [
        *[scene.by_client] * BY_CLIENT,
        *[scene.by_http] * BY_HTTP,
        *[scene.by_git] * BY_GIT,
    ]
    with ThreadPoolExecutor(CLIENTS) as pool:
        told = list(pool.map(lambda way, number: way(number), ways, range(CLIENTS)))
    accepted = {path: commit for each in told for path, commit in each.commits.items()}
    refused = [status for each in told for status in each.refusals]
    print(f"{len(accepted)} commits were accepted, {len(refused)} refused")
    assert set(refused) <= REFUSALS
    assert len(accepted) + len(refused) == CLIENTS * ROUNDS
    assert all(each.commits for each in told[:BY_CLIENT]), "who names no parent has nothing to lose"

    stored = next((scene.hub.data / "repos").glob("[0-9a-f][0-9a-f]/*.git"))
    history = git("rev-list", "refs/heads/main", cwd=stored).split()
    assert set(accepted.values()) <= set(history)
    assert len(history) == len(accepted) + 1, "a refused commit left nothing"
    files = git("ls-tree", "-r", "--name-only", "refs/heads/main", cwd=stored).split()
    assert set(files) == {*accepted, ".gitattributes"}
    git("fsck", "--full", "--strict", cwd=stored)
    assert "No errors" in scene.hub.manage("fsck", "--full")
    scene.hub.assert_web_never_failed()
