"""Long lists by cursor: a page stays right while rows are added in front of it."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    page_size = 30
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = ("-created_at", "-id")
