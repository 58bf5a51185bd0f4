"""Commit objects: written byte by byte, read into plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from models_app.storage.git_objects import GitRepository


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    email: str

    def line(self, moment: datetime) -> str:
        """Git ends names at `<` and lines at newlines, so neither may be part of one."""
        clean = ["".join(c for c in part if c not in "<>\n\r\0").strip() for part in (self.name, self.email)]
        return f"{clean[0] or 'unknown'} <{clean[1]}> {int(moment.timestamp())} +0000"


@dataclass(frozen=True, slots=True)
class RawCommit:
    id: str
    tree: str
    parents: tuple[str, ...]
    title: str
    message: str
    author_name: str
    author_email: str
    date: datetime


def serialize(
    tree: str, parents: list[str], author: Signature, moment: datetime, title: str, body: str
) -> bytes:
    signature = author.line(moment)
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {signature}", f"committer {signature}", "", title]
    if body:
        lines += ["", body]
    return ("\n".join(lines).replace("\0", "") + "\n").encode()


def read(repo: GitRepository, commit_id: str) -> RawCommit:
    commit = repo.raw[commit_id]
    title, _, rest = commit.message.partition("\n")
    return RawCommit(
        id=str(commit.id),
        tree=str(commit.tree_id),
        parents=tuple(str(parent) for parent in commit.parent_ids),
        title=title,
        message=rest.strip("\n"),
        author_name=commit.author.name,
        author_email=commit.author.email,
        date=datetime.fromtimestamp(commit.commit_time, UTC),
    )
