"""Run by git before a push is accepted: refuses what the hub would not store.

A plain program without Django, so that a push does not wait for one to start. Git shows it the new
objects in quarantine, and removes them when it ends with 1; what it prints reaches the person who
pushes. `HUB_LINKED` names a file with the sha256 of the large files the repository may name; those that the
push does name are written to the file `HUB_POINTERS`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ZERO = "0" * 40
PUSHABLE = ("refs/heads/", "refs/tags/")
PULL_REQUESTS = "refs/pr/"
DEFAULT_REF = "refs/heads/main"
POINTER_SIZES = range(100, 1024)
POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize (\d{1,19})\n?"
)
MAX_REASONS = 10


def git(*arguments: str, stdin: str = "") -> bytes:
    done = subprocess.run(["git", *arguments], input=stdin.encode(), capture_output=True, check=True)
    return done.stdout


def refused_refs(updates: list[tuple[str, str, str]]) -> Iterator[str]:
    pull_requests = os.environ.get("HUB_PULL_REQUESTS", "").split()
    for _, new, ref in updates:
        if ref.startswith(PULL_REQUESTS):
            if ref not in pull_requests or new == ZERO:
                yield f"{ref} cannot be pushed: it is no open pull request of yours."
        elif not ref.startswith(PUSHABLE):
            yield f"{ref} cannot be pushed: only branches, tags and pull requests can."
        elif not os.environ.get("HUB_BRANCHES"):
            yield f"You may not push to {ref}, only to your pull requests: {', '.join(pull_requests)}"
        elif ref == DEFAULT_REF and new == ZERO:
            yield "Cannot delete refs/heads/main"


def new_objects(updates: list[tuple[str, str, str]]) -> dict[str, str]:
    """Path by id of every object that the push brings."""
    tips = [new for _, new, _ in updates if new != ZERO]
    if not tips:
        return {}
    listed = git("rev-list", "--objects", *tips, "--not", "--all")
    lines = listed.decode("utf-8", "replace").splitlines()
    return {oid: path for oid, _, path in (line.partition(" ") for line in lines)}


def blob_sizes(objects: dict[str, str]) -> dict[str, int]:
    checked = git(
        "cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)", stdin="\n".join(objects)
    )
    rows = (line.split() for line in checked.decode().splitlines())
    return {oid: int(size) for kind, oid, size in rows if kind == "blob"}


def pointers(oids: list[str]) -> Iterator[tuple[str, str]]:
    """(blob id, sha256) of the blobs that are pointers."""
    if not oids:
        return
    data = git("cat-file", "--batch", stdin="\n".join(oids))
    position = 0
    while position < len(data):
        end = data.index(b"\n", position)
        oid, _, size = data[position:end].decode().split()
        content = data[end + 1 : end + 1 + int(size)]
        position = end + 2 + int(size)
        if match := POINTER.fullmatch(content):
            yield oid, match[1].decode()


def refused_contents(objects: dict[str, str]) -> Iterator[str]:
    sizes = blob_sizes(objects)
    most = int(os.environ["HUB_MAX_FILE_BYTES"])
    for oid, size in sizes.items():
        if size > most:
            yield (
                f"{objects[oid]} has {size} bytes; files over {most} bytes must be stored with git-lfs "
                "(`git lfs track`, then `git lfs migrate import`)."
            )
    accepted: list[str] = []
    linked = set(Path(os.environ["HUB_LINKED"]).read_text().split())
    for oid, sha256 in pointers([oid for oid, size in sizes.items() if size in POINTER_SIZES]):
        if sha256 in linked:
            accepted.append(sha256)
        else:
            yield f"The large file {objects[oid]} was not uploaded: run `git lfs push --all` first."
    Path(os.environ["HUB_POINTERS"]).write_text("\n".join(accepted))


def main() -> int:
    updates = [(old, new, ref) for old, new, ref in map(str.split, sys.stdin.read().splitlines())]
    reasons = list(refused_refs(updates)) or list(refused_contents(new_objects(updates)))
    for reason in reasons[:MAX_REASONS]:
        sys.stderr.write(f"{reason}\n")
    if len(reasons) > MAX_REASONS:
        sys.stderr.write(f"… and {len(reasons) - MAX_REASONS} more.\n")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
