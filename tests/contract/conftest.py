"""People of a running hub, shared by the client tests: a command takes seconds."""

from __future__ import annotations

import pytest

from tests.contract.people import Person, make_organization, make_person
from tests.live import LiveHub


@pytest.fixture(scope="session")
def alice(live_hub: LiveHub) -> Person:
    return make_person(live_hub, "alice")


@pytest.fixture(scope="session")
def bob(live_hub: LiveHub) -> Person:
    return make_person(live_hub, "bob")


@pytest.fixture(scope="session")
def acme(live_hub: LiveHub, alice: Person) -> str:
    """An organization that alice administers."""
    return make_organization(live_hub, alice, "acme")
