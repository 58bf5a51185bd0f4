"""The settings page and the settings file tell the same."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.live import ROOT

READERS = r'env_(?:text|bool|int|list|secret)\(\s*"([A-Z0-9_]+)"'


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    read = set(re.findall(READERS, (ROOT / "hub" / "settings.py").read_text()))
    told = set(
        re.findall(
            r"`((?:HUB_|PORT|DATABASE_URL|REDIS_URL)[A-Z0-9_]*)`", (ROOT / "docs" / "settings.md").read_text()
        )
    )
    assert read == told


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("HUB_DEMO", "maybe"),
        ("DATABASE_URL", "mysql://root@localhost/hub"),
        ("HUB_BROKER", "pigeon"),
        ("HUB_WEB_THREADS", "1"),
        ("HUB_S3_ACCESS_KEY", "only-one-of-two"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_the_variable(
    variable: str, value: str, tmp_path: object
) -> None:
    environment = {"HUB_DATA_DIR": str(tmp_path), variable: value, "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", "import hub.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert variable in done.stderr.splitlines()[-1]
