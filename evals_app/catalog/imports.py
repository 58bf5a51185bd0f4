"""Finds on this hub what foreign declarations name."""

from __future__ import annotations

from collections.abc import Sequence

from evals_app.catalog import harness_tasks, reader
from evals_app.catalog.harness_tasks import Data
from evals_app.catalog.reader import DATA_ENDINGS
from hub.accounts.actors import Actor
from hub.core.errors import InvalidInput, NotFound, RepositoryMoved, RevisionNotFound
from models_app.repositories import access
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository


def from_harness(actor: Actor, text: str) -> str:
    """A task file of lm-evaluation-harness as the text of a `benchmark.yaml`, its data pinned to a commit
    of this hub. InvalidInput with the line of what cannot be taken over."""

    def find(source: str, configuration: str, split: str) -> Data:
        return _data(actor, source, configuration, split)

    converted = harness_tasks.convert(text, find)
    reader.parse(converted)
    return converted


def file_of_split(repository: Repository, commit: str, configuration: str, split: str) -> str | None:
    """The one file that holds a split; None where none, or several, do."""
    page = repositories.list_tree(repository, commit, recursive=True)
    names = [entry.path for entry in page.entries if entry.path.lower().endswith(DATA_ENDINGS)]
    found = [name for name in names if _is_of(name, split)]
    narrowed = [name for name in found if configuration and configuration in name]
    return _only(narrowed or found)


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _is_of(name: str, split: str) -> bool:
    stem = name.rpartition("/")[2].partition(".")[0]
    return stem == split or stem.startswith((f"{split}-", f"{split}_"))


def _data(actor: Actor, source: str, configuration: str, split: str) -> Data:
    if source.count("/") != 1:
        raise InvalidInput(f"The data set {source!r} is named without its owner; write owner/name.")
    try:
        repository = access.get_repository_for(actor, "dataset", source, access.Need.CONTENT)
        commit = repositories.resolve(repository, "main").commit
    except (NotFound, RepositoryMoved, RevisionNotFound):
        raise InvalidInput(f"The data set {source} is not on this hub. Pull or upload it first.") from None
    file = file_of_split(repository, commit, configuration, split)
    if file is None:
        raise InvalidInput(
            f"{source} has not exactly one Parquet or JSON Lines file of the split {split}"
            f"{f' in {configuration}' if configuration else ''}. Join its parts, or write the file's path."
        )
    return Data(repository.full_id, commit, file)
