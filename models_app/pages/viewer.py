"""The rows of a dataset: paged, searched, filtered, sorted. The whole state is in the address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hub.core.errors import Busy, InvalidInput, NotFound
from models_app.pages import addresses, viewer_cells
from models_app.pages.door import Visit, repository_page, show
from models_app.pages.viewer_cells import Cell, Column
from models_app.previews import media
from models_app.repositories.access import Need
from models_app.repositories.models import Repository
from models_app.viewer import conditions, reading, selectors
from models_app.viewer.conditions import Condition, Order
from models_app.viewer.models import ConvertedSplit
from models_app.viewer.reading import Page, Question
from models_app.viewer.selectors import Converted

PAGE = 50
MAX_PAGE_DIGITS = 12
INERT = "default-src 'none'; sandbox"


@dataclass(slots=True)
class Asked:
    """What the address asks of the split. `problem` says what of it cannot be done."""

    page: int = 1
    search: str = ""
    where: str = ""
    sort: str = ""
    condition: Condition | None = None
    order: Order | None = None
    problem: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: list[Cell]
    is_cut: bool


@dataclass(slots=True)
class Shown:
    """One page of a split, ready for the template."""

    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    total: int = 0
    first: int = 0
    last: int = 0
    pages: int = 0
    is_partial_answer: bool = False


@repository_page(need=Need.CONTENT)
def show_viewer(visit: Visit, config: str = "", split: str = "") -> HttpResponse:
    converted = selectors.converted(visit.repository)
    context: dict[str, Any] = {
        "converted": converted,
        "viewer_url": addresses.page(visit.repository, "viewer"),
    }
    if not converted.splits:
        return show(visit, "models/viewer.html", "viewer", context)
    chosen = _chosen(converted, config, split)
    if not split:
        return redirect(_address(visit.repository, chosen))
    asked = _asked(visit.request, chosen)
    shown = _shown(visit.repository, chosen, asked)
    context |= {
        "chosen": chosen,
        "asked": asked,
        "shown": shown,
        "configs": [
            (name, _address(visit.repository, _chosen(converted, name, "")), name == chosen.config)
            for name in converted.configs
        ],
        "splits": [
            (each, _address(visit.repository, each), each.name == chosen.name)
            for each in converted.of_config(chosen.config)
        ],
        "statistics_are_partial": bool(chosen.statistics.get("partial")),
        "parquet_url": addresses.tree(visit.repository, selectors.REF, chosen.folder),
    }
    return show(visit, "models/viewer.html", "viewer", context, status=asked.status)


def _chosen(converted: Converted, config: str, split: str) -> ConvertedSplit:
    assert converted.conversion is not None
    config = config or converted.conversion.default_config
    for each in converted.of_config(config):
        if not split or each.name == split:
            return each
    raise NotFound


def _address(repository: Repository, split: ConvertedSplit, *words: str) -> str:
    return addresses.page(repository, "viewer", quote(split.config), quote(split.name), *words)


def _asked(request: HttpRequest, split: ConvertedSplit) -> Asked:
    text = request.GET.get("page", "1")
    asked = Asked(
        page=max(1, int(text)) if text.isdecimal() and len(text) <= MAX_PAGE_DIGITS else 1,
        search=request.GET.get("search", "").replace("\0", "").strip()[:500],
        where=request.GET.get("where", "").strip(),
        sort=request.GET.get("sort", ""),
    )
    columns = split.columns
    try:
        asked.condition = conditions.parse_where(asked.where, columns)
    except InvalidInput as error:
        asked.problem, asked.status = error.message, error.status
    name = asked.sort if asked.sort in columns else asked.sort.removeprefix("-")
    if name in columns:
        asked.order = Order(name, descending=asked.sort not in columns)
    return asked


def _shown(repository: Repository, split: ConvertedSplit, asked: Asked) -> Shown:
    described = {each["column_name"]: each for each in split.statistics.get("statistics", [])}
    sorted_by = (asked.order.column, asked.order.descending) if asked.order else None
    features = split.columns
    shown = Shown(
        [
            viewer_cells.column_of(name, feature, described.get(name, {}), sorted_by)
            for name, feature in features.items()
        ]
    )
    if asked.problem or split.problem:
        return shown
    page = _page(repository, split, asked)
    shown.total, shown.is_partial_answer = page.total, page.partial
    shown.pages = -(-page.total // PAGE)
    shown.rows = [_row(repository, split, features, row) for row in page.rows]
    if shown.rows:
        shown.first = (asked.page - 1) * PAGE + 1
        shown.last = shown.first + len(shown.rows) - 1
    return shown


def _page(repository: Repository, split: ConvertedSplit, asked: Asked) -> Page:
    question = Question((asked.page - 1) * PAGE, PAGE, asked.search, asked.condition, asked.order)
    try:
        return reading.rows(repository, split, question)
    except (InvalidInput, Busy) as error:
        asked.problem, asked.status = error.message, error.status
        return Page([], 0)


def _row(repository: Repository, split: ConvertedSplit, features: dict[str, Any], row: dict[str, Any]) -> Row:
    number = row["row_idx"]
    cells = []
    for name, feature in features.items():
        query = urlencode({"row": number, "column": name})
        url = f"{_address(repository, split, 'cell')}?{query}"
        cells.append(viewer_cells.cell_of(row["row"].get(name), feature, url))
    return Row(number, cells, bool(row["truncated_cells"]))


@repository_page(need=Need.CONTENT)
def show_cell(visit: Visit, config: str, split: str) -> HttpResponse:
    """The bytes of one picture or sound, for a page to show and nothing else to be done with."""
    chosen = selectors.converted(visit.repository).split(config, split)
    row, column = visit.request.GET.get("row", ""), visit.request.GET.get("column", "")
    if not row.isdecimal() or len(row) > 15 or column not in chosen.columns:
        raise NotFound
    data = reading.payload(visit.repository, chosen, int(row), column)
    kind = media.content_type(data) if data else None
    if data is None or kind is None:
        raise NotFound
    response = HttpResponse(data, content_type=kind)
    response["Content-Security-Policy"] = INERT
    response["Cache-Control"] = "private, max-age=600"
    return response
