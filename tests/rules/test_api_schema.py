"""The OpenAPI schema of /api/v1 builds, without one warning."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_schema_builds_without_a_warning(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=f"{tmp_path}/schema.yaml")
    assert "Warning" not in capsys.readouterr().err
