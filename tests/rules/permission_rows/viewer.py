"""The rows of datasets, by API and page: whoever may read the files may read them."""

from __future__ import annotations

from models_app.viewer.selectors import converted
from models_app.viewer.services import refresh
from tests.factories.repositories import commit_files
from tests.rules.permissions import Row, World

READ = (401, 404, 200, 200)
PAGE = (404, 404, 200, 200)
SPLIT = "dataset=acme/data&config=default&split=train"
LEFT_OUT = ("opt-in-out-urls", "presidio-entities", "compatible-libraries", "hub-cache", "valid")


def rows_in(world: World) -> dict[str, str]:
    if not converted(world.data).splits:
        commit_files(world.data, world.acme, {"train.csv": "a,b\n1,x\n"})
        refresh(world.data.pk)
    return {}


def api(name: str, question: str) -> Row:
    return Row(f"viewer:{name}", f"/datasets-server/{name}?{question}", READ, by="token", prepare=rows_in)


def parquet(name: str, tail: str, statuses: tuple[int, int, int, int] = READ) -> Row:
    return Row(f"hf:{name}", f"/api/datasets/acme/data{tail}", statuses, by="token", prepare=rows_in)


def page(name: str, tail: str, statuses: tuple[int, int, int, int] = PAGE) -> Row:
    return Row(f"models:dataset-{name}", f"/datasets/acme/data{tail}", statuses, prepare=rows_in)


ROWS = [
    Row("viewer:healthcheck", "/datasets-server/healthcheck", (200, 200, 200, 200), by="token"),
    *(api(name, "dataset=acme/data") for name in ("is-valid", "splits", "parquet", "info", "size")),
    *(api(name, SPLIT) for name in ("first-rows", "rows", "statistics")),
    api("search", f"{SPLIT}&query=x"),
    api("filter", f"{SPLIT}&where=a%3D1"),
    *(
        Row(
            f"viewer:no-{part}",
            f"/datasets-server/{part}?dataset=acme/data",
            (501, 501, 501, 501),
            by="token",
        )
        for part in LEFT_OUT
    ),
    parquet("parquet", "/parquet"),
    parquet("parquet-config", "/parquet/default"),
    parquet("parquet-split", "/parquet/default/train"),
    parquet("parquet-file", "/parquet/default/train/0.parquet", (401, 404, 302, 302)),
    parquet("croissant", "/croissant"),
    page("viewer", "/viewer", (404, 404, 302, 302)),
    page("viewer-config", "/viewer/default", (404, 404, 302, 302)),
    page("viewer-split", "/viewer/default/train"),
    # There is no picture in a column of numbers.
    page("viewer-cell", "/viewer/default/train/cell?row=0&column=a", (404, 404, 404, 404)),
]
