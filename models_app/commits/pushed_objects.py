"""What a push brings, read by git's program in its quarantine. Part of the program `pre_receive`."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator
from typing import IO, NamedTuple

from models_app.commits.path_rules import refusal
from models_app.storage import lfs_pointers
from models_app.storage.lfs_pointers import Pointer

ZERO = "0" * 40
README = "README.md"


class Update(NamedTuple):
    """One reference that a push moves: from `old` to `new`, either of which may be ZERO."""

    old: str
    new: str
    ref: str


def git(*arguments: str, stdin: str = "") -> bytes:
    done = subprocess.run(["git", *arguments], input=stdin.encode(), capture_output=True, check=True)
    return done.stdout


def tips(updates: Iterable[Update]) -> str:
    """What git reads from its input: a line for each commit that the push brings a reference to."""
    return "\n".join(update.new for update in updates if update.new != ZERO)


def kinds(updates: list[Update]) -> dict[Update, str]:
    """The type of what each reference shall lead to; a tag may do so through annotations."""
    moved = [update for update in updates if update.new != ZERO]
    asked = [f"{update.new}^{{}}" if update.ref.startswith("refs/tags/") else update.new for update in moved]
    told = git("cat-file", "--batch-check=%(objecttype)", stdin="\n".join(asked)).decode().splitlines()
    return dict(zip(moved, told, strict=True))


def is_ancestor(old: str, new: str) -> bool:
    return subprocess.run(["git", "merge-base", "--is-ancestor", old, new], check=False).returncode == 0


def new_objects(updates: list[Update]) -> dict[str, str]:
    """A path by id for every object that the push brings."""
    if not tips(updates):
        return {}
    listed = git("rev-list", "--objects", "--stdin", "--not", "--all", stdin=tips(updates))
    lines = listed.decode("utf-8", "replace").splitlines()
    return {oid: path for oid, _, path in (line.partition(" ") for line in lines)}


def refused_paths(updates: list[Update]) -> Iterator[str]:
    """Names that new commits give to files, new or not, by the rule for all commits."""
    if not tips(updates):
        return
    options = ("--format=", "--name-only", "-z", "--no-renames", "--diff-filter=d")
    named = git(
        "log", *options, "--diff-merges=first-parent", "--stdin", "--not", "--all", stdin=tips(updates)
    )
    for raw in sorted(set(named.split(b"\0")) - {b""}):
        path = raw.decode("utf-8", "surrogateescape")
        if reason := refusal(path):
            yield f"The path {ascii(path)[:200]} cannot stand here: {reason}."


def blob_sizes(objects: Iterable[str]) -> dict[str, int]:
    checked = git(
        "cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)", stdin="\n".join(objects)
    )
    rows = (line.split() for line in checked.decode().splitlines())
    return {oid: int(size) for kind, oid, size in rows if kind == "blob"}


def pointers(sizes: dict[str, int]) -> Iterator[tuple[str, Pointer]]:
    """(blob id, pointer) of the blobs that are pointers; one blob at a time is in memory."""
    small = [oid for oid, size in sizes.items() if size in lfs_pointers.POINTER_SIZES]
    with tempfile.TemporaryFile() as asked:
        asked.write("\n".join(small).encode())
        asked.seek(0)
        with subprocess.Popen(["git", "cat-file", "--batch"], stdin=asked, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            for _ in small:
                oid, content = read_object(child.stdout)
                if pointer := lfs_pointers.parse(content):
                    yield oid, pointer


def read_object(stream: IO[bytes]) -> tuple[str, bytes]:
    oid, _, size = stream.readline().decode().split()
    content = stream.read(int(size))
    stream.read(1)
    return oid, content


def refused_cards(updates: list[Update], brought: Collection[str], type_: str) -> Iterator[str]:
    """What is wrong with the cards that the push brings to the tips of branches and pull requests."""
    for update in updates:
        if update.new == ZERO or update.ref.startswith("refs/tags/"):
            continue
        line = git("ls-tree", update.new, README).decode()
        oid = line.split()[2] if line else ""
        if oid in brought:
            yield from card_errors(oid, type_)


def card_errors(oid: str, type_: str) -> Iterator[str]:
    from models_app.cards import front_matter  # most pushes bring none

    text = git("cat-file", "blob", oid).decode("utf-8", "replace")
    for error in front_matter.validate(text, type_).errors:
        yield f"Invalid metadata in {README}: {error} Correct it, amend the commit and push again."
