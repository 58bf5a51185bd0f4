"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import LiveHub


@pytest.fixture(scope="session")
def live_hub() -> Iterator[LiveHub]:
    """One running hub for all tests of the session that speak to it as a client would."""
    hub = LiveHub()
    try:
        yield hub.start()
    finally:
        hub.close()
