"""Keeps benchmark rows equal to what the repositories declare."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from evals_app.catalog import data_check, declaration, ecosystem, held_out, imports, reader
from evals_app.catalog.declaration import FILE_NAME, MAX_BYTES, Declaration
from evals_app.catalog.ecosystem import Elsewhere
from evals_app.catalog.models import Benchmark, BenchmarkVersion
from evals_app.catalog.yaml_lines import Document
from evals_app.catalog.yaml_reader import YamlReader
from hub.core.clock import now
from hub.core.errors import InvalidInput, RevisionNotFound
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository, RepositoryType

DEFAULT_BRANCH = "main"
NOT_HELD_OUT = (
    "`held_out: true` needs a private repository, and this one is public: everybody reads the items. Make it "
    "private, or leave `held_out` out."
)


def lock(benchmark: Benchmark) -> None:
    """Alone at it until the transaction ends."""
    Benchmark.objects.select_for_update().get(pk=benchmark.pk)


def is_benchmark(repository: Repository) -> bool:
    return Benchmark.objects.filter(repository=repository).exists()


def index_benchmark(repository: Repository) -> Benchmark | None:
    """Read the declaration at the head. None when the repository is not, and never was, a benchmark.

    A commit is never refused for its declaration, which may be half-way: an invalid one keeps the
    versions that were valid, and its reason is stored as `problem`, also when it is the first.
    """
    if repository.type != RepositoryType.DATASET:
        return None
    known = Benchmark.objects.filter(repository=repository).first()
    try:
        commit = repositories.resolve(repository, DEFAULT_BRANCH).commit
    except RevisionNotFound:
        return known
    try:
        version = version_at(repository, commit)
    except InvalidInput as error:
        return _keep_problem(repository, known, commit, error.message)
    Benchmark.objects.filter(pk=version.benchmark_id).update(
        title=version.declaration["title"],
        problem="",
        elsewhere={},
        is_held_out=version.is_held_out,
        updated_at=now(),
    )
    return Benchmark.objects.select_related("repository__namespace").get(pk=version.benchmark_id)


def _keep_problem(
    repository: Repository, known: Benchmark | None, commit: str, problem: str
) -> Benchmark | None:
    entries = repositories.find_many(repository, commit, [FILE_NAME, ecosystem.FILE_NAME])
    declared = {entry.path for entry in entries}
    if known is None and not declared:
        return None
    values: dict[str, Any] = {"problem": problem}
    if FILE_NAME not in declared and ecosystem.FILE_NAME in declared:
        values = _elsewhere(repository, commit, problem)
    first = {"title": repository.full_id, **values}
    return Benchmark.objects.update_or_create(repository=repository, defaults=values, create_defaults=first)[
        0
    ]


def _elsewhere(repository: Repository, commit: str, problem: str) -> dict[str, Any]:
    """What the page says of a benchmark that another framework runs."""
    try:
        found = _foreign(repository, commit)
    except InvalidInput as error:
        return {"problem": error.message}
    if isinstance(found, Elsewhere):
        return {"title": found.name[:200], "problem": "", "elsewhere": found.as_json()}
    return {"problem": problem}


def _foreign(repository: Repository, commit: str) -> str | Elsewhere | None:
    """The ecosystem's own declaration: as ours, as told elsewhere, or None without one."""
    text = repositories.read_small(repository, commit, ecosystem.FILE_NAME, limit=ecosystem.MAX_BYTES)
    if text is None:
        return None

    def find(configuration: str, split: str) -> str | None:
        return imports.file_of_split(repository, commit, configuration, split)

    return ecosystem.read(text.decode("utf-8", "replace"), find)


def version_at(repository: Repository, commit: str) -> BenchmarkVersion:
    """The benchmark as declared at a full commit id; read from git the first time.

    InvalidInput when there is no declaration, it is refused there, or it holds items out of a repository
    that everybody reads.
    """
    known = (
        BenchmarkVersion.objects.select_related("benchmark")
        .filter(benchmark__repository=repository, commit=commit)
        .first()
    )
    if known is None:
        declared, document = read_declaration(repository, commit)
        if declared.held_out and not repository.is_private:
            raise YamlReader(document, FILE_NAME).wrong(("held_out",), NOT_HELD_OUT)
        files = data_check.check(repository, commit, declared, document)
        known = _store(repository, commit, declared, files)
    elif known.is_held_out and not repository.is_private:
        raise InvalidInput(NOT_HELD_OUT, field="held_out")
    return known


def read_declaration(repository: Repository, commit: str) -> tuple[Declaration, Document]:
    """Of `benchmark.yaml`, else of an `eval.yaml` that can be expressed as one."""
    text = repositories.read_small(repository, commit, FILE_NAME, limit=MAX_BYTES)
    if text is None and isinstance(converted := _foreign(repository, commit), str):
        text = converted.encode()
    if text is None:
        raise InvalidInput(
            f"{repository.full_id} is no benchmark: there is no {FILE_NAME} at {commit[:7]}.",
            field="benchmark",
        )
    try:
        return reader.read(text.decode())
    except UnicodeDecodeError:
        raise InvalidInput(f"{FILE_NAME} is not UTF-8 text.", field="benchmark") from None


@transaction.atomic
def _store(
    repository: Repository, commit: str, declared: Declaration, files: dict[str, str]
) -> BenchmarkVersion:
    benchmark, _ = Benchmark.objects.get_or_create(repository=repository, defaults={"title": declared.title})
    told: dict[str, Any] = declared.as_json()
    withheld: dict[str, Any] = {}
    if declared.held_out:
        told, withheld = held_out.split(told)
    version, _ = BenchmarkVersion.objects.get_or_create(
        benchmark=benchmark,
        commit=commit,
        defaults={
            "version": declared.version,
            "fingerprint": declaration.fingerprint(declared, files),
            "declaration": told,
            "withheld": withheld,
            "is_held_out": declared.held_out,
        },
    )
    return version
