"""Who is asking, and how far their rights reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from hub.accounts.models import AccessToken, Role, TokenKind, TokenScope, User


class Reach(IntEnum):
    """How far a token lets its user's rights reach on one thing; each step includes the ones before."""

    NOTHING = 0
    READ = 1
    DISCUSS = 2
    WRITE = 3
    ADMIN = 4


GRANT_REACH = {"read": Reach.READ, "discuss": Reach.DISCUSS, "write": Reach.WRITE, "admin": Reach.ADMIN}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, through a session or a token, or nobody.

    `roles` maps namespace ids to the person's role there; their own namespace counts as ADMIN.
    Loaded once per request, so every check below costs no query.
    """

    user: User | None = None
    token: AccessToken | None = None
    roles: Mapping[int, Role] = field(default_factory=dict)

    @property
    def is_authenticated(self) -> bool:
        return self.user is not None

    @property
    def is_operator(self) -> bool:
        """Staff through a session; a token never carries the operator's powers."""
        return self.user is not None and self.user.is_staff and self.token is None

    @property
    def name(self) -> str:
        return self.user.username if self.user else ""

    def role_in(self, namespace_id: int) -> Role | None:
        return self.roles.get(namespace_id)

    def has_role(self, namespace_id: int, least: Role) -> bool:
        role = self.roles.get(namespace_id)
        return role is not None and role.rank >= least.rank

    def reach_on_repository(self, type_: str, full_id: str, *, is_public: bool) -> Reach:
        """What the token allows on `namespace/name`; a session allows everything the person may."""
        if self.token is None or self.token.scope == TokenScope.WRITE:
            return Reach.ADMIN
        if self.token.scope == TokenScope.READ:
            return Reach.READ
        namespace = full_id.partition("/")[0]
        places = {f"repository:{type_}:{full_id}".lower(), f"namespace:{namespace}".lower()}
        if is_public:
            places.add("public")
        return self._granted(places, floor=Reach.READ if is_public else Reach.NOTHING)

    def is_granted_reading(self, type_: str, full_id: str) -> bool:
        """Whether the token says that it reads this, or what is public: what it may do without being
        told so is not enough for content that people are let in to by name."""
        if self.token is None or self.token.scope != TokenScope.FINE_GRAINED:
            return True
        namespace = full_id.partition("/")[0]
        places = {f"repository:{type_}:{full_id}".lower(), f"namespace:{namespace}".lower(), "public"}
        return self._granted(places, floor=Reach.NOTHING) >= Reach.READ

    def lent_on(self, type_: str, full_id: str) -> Reach:
        """What a job's own token reaches though its user may not: the items of a held-out benchmark, and the
        place of the answers. Only tokens of jobs are lent anything."""
        if self.token is None or self.token.kind != TokenKind.JOB:
            return Reach.NOTHING
        return self._granted({f"lent:{type_}:{full_id}".lower()}, floor=Reach.NOTHING)

    def reach_on_namespace(self, name: str) -> Reach:
        """What the token allows on things of a namespace that are not one repository."""
        if self.token is None or self.token.scope == TokenScope.WRITE:
            return Reach.ADMIN
        if self.token.scope == TokenScope.READ:
            return Reach.READ
        return self._granted({f"namespace:{name}".lower()}, floor=Reach.NOTHING)

    def may_submit_jobs_for(self, name: str) -> bool:
        if self.token is None or self.token.scope == TokenScope.WRITE:
            return self.is_authenticated
        if self.token.scope == TokenScope.READ:
            return False
        return any(
            "jobs" in g["may"] for g in self.token.grants if g["on"].lower() == f"namespace:{name}".lower()
        )

    def _granted(self, places: set[str], *, floor: Reach) -> Reach:
        assert self.token is not None
        steps = [
            GRANT_REACH[word]
            for grant in self.token.grants
            if grant["on"].lower() in places
            for word in grant["may"]
            if word in GRANT_REACH
        ]
        return max(steps, default=floor)


ANONYMOUS = Actor()
