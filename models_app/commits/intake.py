"""Taking in the operations of a commit, one by one, before any lock is held.

Contents go into the pack as they come; what stays in memory is a path and an id for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from hub.core.errors import EntryNotFound, InvalidInput, RevisionNotFound, TooLarge, Unprocessable
from models_app.commits.operations import AddFile, AddLargeFile, CopyFile, DeleteFile, DeleteFolder, Operation
from models_app.commits.path_rules import refusal
from models_app.repositories import attributes, selectors
from models_app.repositories.models import Repository
from models_app.storage import lfs_pointers
from models_app.storage.git_objects import GitRepository
from models_app.storage.git_trees import Overlay
from models_app.storage.pack import PackWriter

ATTRIBUTES = ".gitattributes"
README = "README.md"


@dataclass(frozen=True, slots=True)
class Put:
    path: str
    oid: str


@dataclass(frozen=True, slots=True)
class Delete:
    path: str


Step = Put | Delete | CopyFile | AddLargeFile


@dataclass(slots=True)
class Plan:
    """What a commit will do, in order. `kept` holds the few contents that rules look at."""

    steps: list[Step] = field(default_factory=list)
    pointers: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    content_bytes: int = 0

    @property
    def large_files(self) -> dict[str, str]:
        """sha256 by path, for the paths that stay large files to the end."""
        last: dict[str, str] = {}
        for step in self.steps:
            last.pop(step.path, None)
            if isinstance(step, AddLargeFile):
                last[step.path] = step.sha256
        return last


def take_in(repository: Repository, operations: Iterable[Operation], pack: PackWriter) -> Plan:
    """Raises Unprocessable for a path, TooLarge over the limits, InvalidInput for a large file that was not
    uploaded to this repository. No operation at all is a commit too: some clients mark a moment by one."""
    plan = Plan()
    for operation in operations:
        if len(plan.steps) >= settings.MAX_COMMIT_OPERATIONS:
            raise TooLarge(f"A commit has at most {settings.MAX_COMMIT_OPERATIONS} operations.")
        plan.steps.append(_step(operation, plan, pack))
    _write_pointers(repository, plan, pack)
    return plan


def _step(operation: Operation, plan: Plan, pack: PackWriter) -> Step:
    if isinstance(operation, DeleteFile | DeleteFolder):
        path = _checked(operation.path.rstrip("/"))
        plan.kept.pop(path, None)
        return Delete(path)
    _checked(operation.path)
    if not isinstance(operation, AddFile):
        plan.kept.pop(operation.path, None)
        return operation
    _check_size(operation, plan)
    if operation.path in {ATTRIBUTES, README}:
        plan.kept[operation.path] = operation.content
    return Put(operation.path, pack.add("blob", operation.content))


def _checked(path: str) -> str:
    if reason := refusal(path):
        raise Unprocessable(f"Invalid path {path[:200]!r}: {reason}.")
    return path


def _check_size(operation: AddFile, plan: Plan) -> None:
    size, most = len(operation.content), settings.MAX_REGULAR_FILE_BYTES
    if size > most:
        raise TooLarge(
            f"{operation.path} has {size} bytes; files over {most} bytes are stored as large files. "
            "Upload it with `hf upload` or git-lfs, which do that by themselves."
        )
    plan.content_bytes += size
    if plan.content_bytes > settings.MAX_COMMIT_BYTES:
        raise TooLarge(f"The contents of one commit have at most {settings.MAX_COMMIT_BYTES} bytes.")


def _write_pointers(repository: Repository, plan: Plan, pack: PackWriter) -> None:
    large = [step for step in plan.steps if isinstance(step, AddLargeFile)]
    linked = selectors.linked_objects(repository, {step.sha256 for step in large})
    for step in large:
        found = linked.get(step.sha256)
        if found is None:
            raise InvalidInput(
                f"The large file {step.path} (sha256 {step.sha256}) was not uploaded to this repository."
            )
        if step.size is not None and step.size != found.size:
            raise InvalidInput(f"{step.path} is said to have {step.size} bytes, but has {found.size}.")
        plan.pointers[step.sha256] = pack.add("blob", lfs_pointers.render(found.sha256, found.size))


def lay_out(plan: Plan, git: GitRepository, tip: str, pack: PackWriter) -> Overlay:
    """The plan as edits of the tree at `tip`, with `.gitattributes` covering every large file."""
    overlay = Overlay()
    for step in plan.steps:
        if isinstance(step, Put):
            overlay.put(step.path, step.oid)
        elif isinstance(step, Delete):
            overlay.delete(step.path)
        elif isinstance(step, AddLargeFile):
            overlay.put(step.path, plan.pointers[step.sha256])
        else:
            _copy(overlay, step, git, tip)
    _cover_large_files(overlay, plan, git, tip, pack)
    return overlay


def _copy(overlay: Overlay, step: CopyFile, git: GitRepository, tip: str) -> None:
    commit = tip
    if step.source_revision:
        found = git.resolve(step.source_revision)
        if found is None:
            raise RevisionNotFound(step.source_revision)
        commit = found[0]
    entry = git.entry(commit, step.source_path.strip("/"))
    if entry is None or not step.source_path.strip("/"):
        raise EntryNotFound(f"There is no {step.source_path[:200]} to copy", commit=commit)
    overlay.put(step.path, entry.oid, entry.mode)


def _cover_large_files(overlay: Overlay, plan: Plan, git: GitRepository, tip: str, pack: PackWriter) -> None:
    paths = sorted(plan.large_files)
    if not paths:
        return
    present = plan.kept.get(ATTRIBUTES)
    if present is None:
        entry = git.entry(tip, ATTRIBUTES)
        present = git.blob(entry.oid) if entry and not entry.is_folder else b""
    text = present.decode("utf-8", "replace")
    covered = attributes.cover(text, paths)
    if covered != text:
        overlay.put(ATTRIBUTES, pack.add("blob", covered.encode()))
