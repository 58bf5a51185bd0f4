"""The description of the API for people."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from evals_app.api import urls

pytestmark = pytest.mark.django_db


def test_it_tells_of_every_route_of_the_api(client: Client) -> None:
    page = client.get("/api/docs").content.decode()
    for route in urls.urlpatterns:
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))
        if path.startswith("api/v1/") and path != "api/v1/schema":
            assert f" /{path}</td>" in page, path
    assert "POST /api/v1/jobs" in page
