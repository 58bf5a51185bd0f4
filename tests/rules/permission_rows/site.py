"""Shared pages: open to everybody, except what builders see."""

from __future__ import annotations

from tests.rules.permissions import Row

FORM = "application/x-www-form-urlencoded"
ALL_READ = (200, 200, 200, 200)
ALL_LED_BACK = (302, 302, 302, 302)

ROWS = [
    Row("site:home", "/", ALL_READ),
    Row("site:activity", "/home/activity", ALL_READ),
    Row("site:search", "/search?q=secret", ALL_READ),
    Row("site:health", "/healthz", ALL_READ),
    Row("site:robots", "/robots.txt", ALL_READ),
    # For the operator, and while developing.
    Row("site:style", "/style", (404, 404, 404, 404)),
    Row("site:theme", "/settings/theme", ALL_LED_BACK, "POST", "theme=dark&next=/", FORM),
    Row("site:language", "/settings/language", ALL_LED_BACK, "POST", "language=en&next=/", FORM),
]
