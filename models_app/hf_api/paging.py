"""Cursors in query strings."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from hub.core.errors import InvalidInput
from hub.core.paging import Page, cut
from models_app.hf_api.http import query_int

MAX_OFFSET = 1_000_000


def number_from(request: HttpRequest) -> int:
    """The cursor as a number, 0 on the first page. Raises InvalidInput."""
    text = request.GET.get("cursor", "0")
    if not text.isdecimal() or len(text) > 18:
        raise InvalidInput("The cursor is not one that this hub gave.")
    return int(text)


def page_of_rows(request: HttpRequest, rows: QuerySet[Any], *, default: int, most: int) -> Page[Any]:
    """A page by offset: for lists that stay short (members, likers)."""
    limit = query_int(request, "limit", default=default, most=most)
    start = min(number_from(request), MAX_OFFSET)
    found: list[Model] = list(rows[start : start + limit + 1])
    return cut(found, limit, str(start + limit))
