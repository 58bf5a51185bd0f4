"""Organizations and members of the demo."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts import selectors as accounts
from hub.accounts import services
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, Role, User
from hub.core.errors import NotFound
from hub.site.demo import sign_in


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Organization:
    """The first member is its admin."""

    name: str
    full_name: str
    about: str
    members: tuple[tuple[str, Role], ...]


PEOPLE = (
    Person(sign_in.USERNAME, "Demo"),
    Person("ines", "Inês Moreira"),
    Person("wei", "Wei Zhang"),
    Person("tomas", "Tomas Lindqvist"),
    Person("amara", "Amara Okafor"),
)

LLMOS, RIVERLAB, OPEN_TRANSLATION = "llmos", "riverlab", "open-translation"

ORGANIZATIONS = (
    Organization(
        LLMOS,
        "LLMOS",
        "Small open models and benchmarks that this hub makes by itself, to show how it works.",
        (("demo", Role.ADMIN), ("tomas", Role.WRITE), ("amara", Role.CONTRIBUTOR), ("ines", Role.READ)),
    ),
    Organization(
        RIVERLAB,
        "River Lab",
        "A laboratory for language models of code documentation.",
        (("ines", Role.ADMIN), ("demo", Role.WRITE), ("tomas", Role.READ)),
    ),
    Organization(
        OPEN_TRANSLATION,
        "Open Translation",
        "Machine translation for interfaces, with open data and open weights.",
        (("wei", Role.ADMIN), ("demo", Role.WRITE), ("amara", Role.CONTRIBUTOR)),
    ),
)


def ensure() -> None:
    """Make what is missing; what people have changed since stays as it is."""
    for person in PEOPLE:
        if _user(person.username) is None:
            is_demo = person.username == sign_in.USERNAME
            services.create_user(
                person.username,
                full_name=person.full_name,
                # The others are there to be seen; nobody can sign in as them.
                password=sign_in.password() if is_demo else None,
            )
    for organization in ORGANIZATIONS:
        if _organization(organization.name) is None:
            _make(organization)


def actor(username: str = sign_in.USERNAME) -> Actor:
    """Raises NotFound before `ensure` has run."""
    return accounts.actor_for_user(accounts.get_user(username))


def _make(organization: Organization) -> None:
    admin = accounts.get_user(organization.members[0][0])
    made = services.create_organization(organization.name, created_by=admin, full_name=organization.full_name)
    services.update_namespace(accounts.actor_for_user(admin), made, about=organization.about)
    for username, role in organization.members[1:]:
        services.set_member(None, made, accounts.get_user(username), role)


def _user(name: str) -> User | None:
    try:
        return accounts.get_user(name)
    except NotFound:
        return None


def _organization(name: str) -> Namespace | None:
    try:
        return accounts.get_namespace(name)
    except NotFound:
        return None
