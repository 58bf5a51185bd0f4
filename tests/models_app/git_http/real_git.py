"""The git program as a person with a clean home uses it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.contract.people import Person
from tests.live import LiveHub

ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "PATH": os.environ["PATH"],
    **{f"GIT_{who}_{what}": "Gina" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(*arguments: str, cwd: Path | None = None, fails: bool = False, trace: bool = False) -> str:
    """What it printed; with `fails` its complaint, with `trace` the headers that went over the wire."""
    env = ENV | ({"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"} if trace else {})
    done = subprocess.run(["git", *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails or trace else done.stdout


def commit(clone: Path, message: str = "Change", **files: bytes) -> None:
    """A commit of everything in the clone; `a__b` names the file `a.b`."""
    for name, content in files.items():
        (clone / name.replace("__", ".")).write_bytes(content)
    git("add", "-A", cwd=clone)
    git("commit", "-q", "-m", message, cwd=clone)


def address(hub: LiveHub, person: Person, name: str) -> str:
    """Where the person clones a repository, the token in it."""
    return hub.url.replace("://", f"://{person.name}:{person.token}@") + f"/{name}.git"
