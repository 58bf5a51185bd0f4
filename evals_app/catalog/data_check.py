"""Does the declared data exist, and does it have the columns that the templates name?

Schemas are read by `models_app.previews`, in a process of its own and within bounds: nobody knows yet
what the files hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evals_app.catalog import templates
from evals_app.catalog.declaration import FILE_NAME, Declaration, Task
from evals_app.catalog.yaml_lines import Document, Path
from evals_app.catalog.yaml_reader import YamlReader
from models_app.previews import parquet, tables
from models_app.previews.cells import MAX_COLUMNS
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry

# Most columns that a refusal lists.
LISTED = 20


@dataclass(frozen=True, slots=True)
class _Use:
    """A data file, and where in the declaration its name stands."""

    task: Task
    key: str
    at: Path

    @property
    def file(self) -> str:
        return self.task.data[self.key]


def check(repository: Repository, commit: str, declared: Declaration, document: Document) -> dict[str, str]:
    """Path and hash of every file of the repository that scores depend on.

    InvalidInput names the line of a file that is not there and of a column that a file lacks. Data in
    other repositories are looked at when a job is ordered.
    """
    reader = YamlReader(document, FILE_NAME)
    uses = list(_uses(declared))
    found = {e.path: e for e in repositories.find_many(repository, commit, sorted({u.file for u in uses}))}
    columns: dict[str, set[str] | None] = {}
    for use in uses:
        entry = found.get(use.file)
        if entry is None or entry.is_directory:
            raise reader.wrong(
                use.at,
                f"The declaration names {use.file}, which is not in the repository. Upload it, or name a "
                "file that is.",
            )
        if use.file not in columns:
            columns[use.file] = _columns(repository, entry)
        _check_columns(reader, use, columns[use.file])
    return {entry.path: entry.lfs.sha256 if entry.lfs else entry.oid for entry in found.values()}


def _uses(declared: Declaration) -> Iterator[_Use]:
    for index, task in enumerate(declared.tasks):
        if "repository" not in task.data:
            for key in ("file", "few_shot_file"):
                if key in task.data:
                    yield _Use(task, key, ("tasks", index, "data", key))


def _columns(repository: Repository, entry: TreeEntry) -> set[str] | None:
    """None when the file cannot be read as a table."""
    content = repositories.open_content(repository, entry)
    reader = parquet.page if entry.path.lower().endswith(".parquet") else tables.read_json_lines
    table = reader(content.read, content.size)
    return None if table is None else {column.name for column in table.columns}


def _check_columns(reader: YamlReader, use: _Use, columns: set[str] | None) -> None:
    if columns is None:
        form = "Parquet" if use.file.lower().endswith(".parquet") else "JSON Lines"
        raise reader.wrong(use.at, f"{use.file} cannot be read as {form}. Upload it again.")
    if len(columns) >= MAX_COLUMNS:
        # A preview stops there, so what is missing from it may exist.
        return
    for path, template in _templates(use.task, use.at[:2]):
        missing = sorted(templates.columns_of(template) - columns)
        if missing:
            known = ", ".join(sorted(columns)[:LISTED])
            raise reader.wrong(
                path,
                f"`{path[-1]}` names the column `{missing[0]}`, which {use.file} lacks. It has: {known}.",
            )


def _templates(task: Task, path: Path) -> Iterator[tuple[Path, str]]:
    yield (*path, "prompt"), task.prompt
    yield (*path, "target"), task.target
    yield (*path, "tests"), task.tests
    choices = (task.choices,) if isinstance(task.choices, str) else task.choices or ()
    for choice in choices:
        yield (*path, "choices"), choice
