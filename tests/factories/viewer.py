"""Datasets whose rows are there to be looked at."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from hub.accounts.models import Namespace, User
from models_app.repositories.models import Repository
from models_app.viewer import services
from tests.factories.repositories import make_repository


def make_dataset(
    owner: User | Namespace, name: str = "data", *, private: bool = False, files: Mapping[str, bytes | str]
) -> Repository:
    """A dataset that was converted, as the worker does it after the commit."""
    repository = make_repository(owner, name, "dataset", private=private, files=files)
    services.refresh(repository.pk)
    return repository


def parquet_of(rows: list[dict[str, object]] | pa.Table, **options: object) -> bytes:
    target = io.BytesIO()
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    pq.write_table(table, target, **options)
    return target.getvalue()
