"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tests import prepared
from tests.live import LiveHub


def pytest_configure() -> None:
    """`HUB_TEST_REQUIRE` names programs whose absence is a failure here, not a reason to skip."""
    programs = {"chromium", "git-lfs", "nginx"} & set(os.environ.get("HUB_TEST_REQUIRE", "").split())
    if missing := [name for name in sorted(programs) if not shutil.which(name)]:
        raise pytest.UsageError(f"required here and not installed: {', '.join(missing)}")
    prepared.begin_run()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """In place of pytest-django's own, which runs every migration in every process."""
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["TEST"]["NAME"] or connection.creation._get_test_db_name())
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        if connection.vendor == "postgresql":
            prepared.drop_database(name)
            prepared.create_database(name)
        else:
            connection.ensure_connection()
            prepared.fill(connection.connection)
    yield
    with django_db_blocker.unblock():
        connection.close()
        if connection.vendor == "postgresql":
            prepared.drop_database(name)


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """A page that was asked for in Chinese leaves that language to what the thread does next."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def live_hub() -> Iterator[LiveHub]:
    """One running hub for all tests of the session that speak to it as a client would."""
    hub = LiveHub()
    try:
        yield hub.start()
    finally:
        hub.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Of one module: while it lives, an event loop runs here, and Django refuses the database beside it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
            ],
        )
        yield browser
        browser.close()
