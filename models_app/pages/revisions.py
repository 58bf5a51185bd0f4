"""Which part of an address is the revision: names of branches may hold slashes, as paths do."""

from __future__ import annotations

from dataclasses import dataclass

from models_app.repositories import selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import Ref, Revision


@dataclass(frozen=True, slots=True)
class Place:
    """A path of a revision. `branch` is set when the revision is the tip of a branch, which commits
    can go to."""

    revision: Revision
    path: str
    branch: str | None

    @property
    def asked(self) -> str:
        return self.revision.asked

    @property
    def commit(self) -> str:
        return self.revision.commit


def place(repository: Repository, rest: str) -> Place:
    """Splits `<revision>/<path>`: the longest name of a branch, tag or ref wins, else the first word
    is taken for a commit id. RevisionNotFound."""
    rest = rest.strip("/")
    refs = selectors.refs(repository)
    names = [ref.name for ref in (*refs.branches, *refs.tags)]
    names += [ref.full_name for ref in _all(refs.branches, refs.tags, refs.converts, refs.pull_requests)]
    fitting = [name for name in names if rest == name or rest.startswith(f"{name}/")]
    asked = max(fitting, key=len) if fitting else rest.partition("/")[0]
    revision = selectors.resolve(repository, asked)
    branch = asked.removeprefix("refs/heads/")
    is_branch = any(ref.name == branch and ref.commit == revision.commit for ref in refs.branches)
    return Place(revision, rest[len(asked) :].strip("/"), branch if is_branch else None)


def _all(*lists: list[Ref]) -> list[Ref]:
    return [ref for refs in lists for ref in refs]
