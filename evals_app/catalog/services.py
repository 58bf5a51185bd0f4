"""Keeps benchmark rows equal to what the repositories declare."""

from __future__ import annotations

from django.db import transaction

from evals_app.catalog import declaration as declarations
from evals_app.catalog.declaration import FILE_NAME, MAX_BYTES, Declaration
from evals_app.catalog.models import Benchmark, BenchmarkVersion
from hub.core.clock import now
from hub.core.errors import InvalidInput, RevisionNotFound
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository, RepositoryType

DEFAULT_BRANCH = "main"


def index_benchmark(repository: Repository) -> Benchmark | None:
    """Read the declaration at the head. None when the repository is not, and never was, a benchmark.

    An invalid declaration keeps the versions that were valid and stores the reason as `problem`.
    """
    known = Benchmark.objects.filter(repository=repository).first()
    if repository.type != RepositoryType.DATASET:
        return None
    try:
        version = version_at(repository, repositories.resolve(repository, DEFAULT_BRANCH).commit)
    except (InvalidInput, RevisionNotFound) as error:
        if known is not None:
            Benchmark.objects.filter(pk=known.pk).update(problem=error.message)
        return known
    title = version.declaration["title"]
    Benchmark.objects.filter(pk=version.benchmark_id).update(title=title, problem="", updated_at=now())
    return Benchmark.objects.select_related("repository__namespace").get(pk=version.benchmark_id)


def version_at(repository: Repository, commit: str) -> BenchmarkVersion:
    """The benchmark as declared at a full commit id; read from git the first time.

    InvalidInput when there is no declaration or it is refused there.
    """
    known = (
        BenchmarkVersion.objects.select_related("benchmark")
        .filter(benchmark__repository=repository, commit=commit)
        .first()
    )
    if known is None:
        declared = read_declaration(repository, commit)
        known = _store(repository, commit, declared, data_files(repository, commit, declared))
    return known


def read_declaration(repository: Repository, commit: str) -> Declaration:
    text = repositories.read_small(repository, commit, FILE_NAME, limit=MAX_BYTES)
    if text is None:
        raise InvalidInput(
            f"{repository.full_id} is no benchmark: there is no {FILE_NAME} at {commit[:7]}.",
            field="benchmark",
        )
    try:
        return declarations.parse(text.decode())
    except UnicodeDecodeError:
        raise InvalidInput(f"{FILE_NAME} is not UTF-8 text.", field="benchmark") from None


def data_files(repository: Repository, commit: str, declared: Declaration) -> dict[str, str]:
    """Path and hash of every file of the repository that scores depend on; InvalidInput for a missing one."""
    here = [task.data for task in declared.tasks if "repository" not in task.data]
    named = {data[key] for data in here for key in ("file", "few_shot_file") if key in data}
    entries = repositories.find_many(repository, commit, sorted(named))
    found = {entry.path: entry.lfs.sha256 if entry.lfs else entry.oid for entry in entries}
    for path in sorted(named - found.keys()):
        raise InvalidInput(
            f"The declaration names {path}, which is not in the repository.", field="benchmark"
        )
    return found


@transaction.atomic
def _store(
    repository: Repository, commit: str, declared: Declaration, files: dict[str, str]
) -> BenchmarkVersion:
    benchmark, _ = Benchmark.objects.get_or_create(repository=repository, defaults={"title": declared.title})
    version, _ = BenchmarkVersion.objects.get_or_create(
        benchmark=benchmark,
        commit=commit,
        defaults={
            "version": declared.version,
            "fingerprint": declarations.fingerprint(declared, files),
            "declaration": declared.as_json(),
        },
    )
    return version
