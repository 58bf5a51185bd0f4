"""Writes of people, organizations and invitations. Each is one transaction and leaves an event."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hub.accounts import names, policies, selectors, tokens
from hub.accounts.actors import Actor
from hub.accounts.models import Invitation, Membership, Namespace, NamespaceKind, Role, User
from hub.accounts.token_services import IssuedToken, create_token, revoke_job_tokens, revoke_token
from hub.activity.services import Thing, record
from hub.core import clock
from hub.core.errors import Conflict, InvalidInput, NotFound, PermissionRefused

__all__ = [
    "IssuedInvitation",
    "IssuedToken",
    "accept_invitation",
    "create_organization",
    "create_token",
    "create_user",
    "invite",
    "register",
    "remove_member",
    "revoke_invitation",
    "revoke_job_tokens",
    "revoke_token",
    "set_member",
    "update_namespace",
]

INVITATION_LIFETIME = timedelta(days=14)


class IssuedInvitation(NamedTuple):
    """`secret` is the end of the link; it exists only here."""

    invitation: Invitation
    secret: str


def create_user(
    username: str,
    *,
    email: str = "",
    password: str | None = None,
    full_name: str = "",
    is_staff: bool = False,
) -> User:
    """A person with a namespace of the same name. Without a password they can only use tokens.

    InvalidInput for a bad name or address, Conflict when either is taken. The strength of the
    password is the door's to check, where its owner can answer.
    """
    user = User(username=username, email=email, is_staff=is_staff, is_superuser=is_staff)
    user.set_password(password)
    return register(user, full_name=full_name)


def register(user: User, *, full_name: str = "") -> User:
    """Save a new user together with their namespace; see `create_user`."""
    email = user.email = user.email.strip()
    if email:
        _check_email(email)
        if User.objects.filter(email__iexact=email).exists():
            raise Conflict(_("Somebody uses this e-mail address already."), field="email")
    with transaction.atomic():
        user.namespace = _take_name(user.username, NamespaceKind.USER, full_name)
        user.save()
        record("user.created", actor=None, thing=_thing(user.namespace), namespace_id=user.namespace.pk)
    return user


def create_organization(name: str, *, created_by: User, full_name: str = "") -> Namespace:
    """An organization whose first admin is its maker. InvalidInput, Conflict."""
    with transaction.atomic():
        organization = _take_name(name, NamespaceKind.ORGANIZATION, full_name)
        Membership.objects.create(organization=organization, user=created_by, role=Role.ADMIN)
        record(
            "organization.created",
            actor=Actor(user=created_by),
            thing=_thing(organization),
            namespace_id=organization.pk,
            is_public=True,
        )
    return organization


def update_namespace(
    actor: Actor,
    namespace: Namespace,
    *,
    full_name: str | None = None,
    about: str | None = None,
    website: str | None = None,
    private_by_default: bool | None = None,
) -> None:
    """Change what is given, leave the rest. PermissionRefused, InvalidInput."""
    _require_admin(actor, namespace)
    given = {
        "full_name": full_name,
        "about": about,
        "website": website,
        "private_by_default": private_by_default,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    if website:
        _check_website(website)
    if len(full_name or "") > 200 or len(about or "") > 10_000:
        raise InvalidInput(_("This text is too long."), field="about")
    with transaction.atomic():
        for field, value in changes.items():
            setattr(namespace, field, value)
        namespace.save(update_fields=list(changes))
        record(
            "namespace.updated",
            actor=actor,
            thing=_thing(namespace),
            namespace_id=namespace.pk,
            data={"fields": sorted(changes)},
        )


def set_member(actor: Actor | None, organization: Namespace, user: User, role: Role | str) -> Membership:
    """Add a member or change the role. None as actor is the operator's command line.

    PermissionRefused; InvalidInput for a role or a namespace that cannot be; Conflict when the
    last admin would lose the role.
    """
    wanted = _role(role)
    _check_organization(organization)
    if actor is not None:
        _require_admin(actor, organization)
    with transaction.atomic():
        _lock(organization)
        if wanted != Role.ADMIN:
            _keep_an_admin(organization, user)
        membership, _created = Membership.objects.update_or_create(
            organization=organization, user=user, defaults={"role": wanted}
        )
        _record_member("member.set", actor, organization, user, role=wanted.value)
    return membership


def remove_member(actor: Actor | None, organization: Namespace, user: User) -> None:
    """End a membership: an admin anybody's, everybody their own. The last admin stays (Conflict)."""
    leaves = actor is not None and actor.token is None and actor.user == user
    if actor is not None and not leaves:
        _require_admin(actor, organization)
    with transaction.atomic():
        _lock(organization)
        _keep_an_admin(organization, user)
        gone, _by_table = Membership.objects.filter(organization=organization, user=user).delete()
        if not gone:
            raise NotFound(_("%(user)s is not a member.") % {"user": user.username})
        _record_member("member.removed", actor, organization, user)


def invite(actor: Actor, organization: Namespace, email: str, role: Role | str) -> IssuedInvitation:
    """Offer membership to whoever gets the link, once, for 14 days. A newer one replaces an older."""
    wanted = _role(role)
    _check_organization(organization)
    _require_admin(actor, organization)
    _check_email(email)
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise Conflict(_("Somebody with this address is a member already."), field="email")
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        selectors.pending_invitations(organization).filter(email__iexact=email).update(revoked_at=clock.now())
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=wanted,
            secret_hash=tokens.hash_of(secret),
            invited_by=actor.user,
            expires_at=clock.now() + INVITATION_LIFETIME,
        )
        _record_invitation("invitation.sent", actor, invitation)
    return IssuedInvitation(invitation, secret)


def accept_invitation(user: User, secret: str) -> Membership:
    """Become a member. NotFound for a link that was used, withdrawn or has expired.

    A member who already has a higher role keeps it.
    """
    with transaction.atomic():
        invitation = selectors.open_invitation(secret)
        # Of two who accept at once, one finds the row taken.
        taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(
            accepted_at=clock.now(), accepted_by=user
        )
        if not taken:
            raise NotFound(_("This invitation was used already."))
        membership, _created = Membership.objects.get_or_create(
            organization=invitation.organization, user=user, defaults={"role": invitation.role}
        )
        if Role(membership.role).rank < Role(invitation.role).rank:
            membership.role = invitation.role
            membership.save(update_fields=["role"])
        _record_invitation("invitation.accepted", Actor(user=user), invitation)
    return membership


def revoke_invitation(actor: Actor, invitation: Invitation) -> None:
    """Withdraw an offer; one that was accepted stays what it is."""
    _require_admin(actor, invitation.organization)
    with transaction.atomic():
        if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
            revoked_at=clock.now()
        ):
            _record_invitation("invitation.revoked", actor, invitation)


def _take_name(name: str, kind: NamespaceKind, full_name: str) -> Namespace:
    names.check_namespace_name(name)
    taken = Conflict(_("The name “%(name)s” is taken.") % {"name": name}, field="name")
    if Namespace.objects.filter(key=name.lower()).exists():
        raise taken
    try:
        # Its own savepoint: on PostgreSQL a lost race would poison the caller's transaction.
        with transaction.atomic():
            return Namespace.objects.create(name=name, key=name.lower(), kind=kind, full_name=full_name)
    except IntegrityError:
        raise taken from None


def _require_admin(actor: Actor, namespace: Namespace) -> None:
    if policies.may_administer(actor, namespace):
        return
    raise PermissionRefused(_("Only admins of %(name)s may do this.") % {"name": namespace.name})


def _lock(organization: Namespace) -> None:
    """Two admins who remove each other at once must not both succeed."""
    Namespace.objects.select_for_update().get(pk=organization.pk)


def _keep_an_admin(organization: Namespace, leaving: User) -> None:
    admins = set(organization.memberships.filter(role=Role.ADMIN).values_list("user_id", flat=True))
    if admins == {leaving.pk}:
        raise Conflict(
            _("%(user)s is the last admin of %(name)s. Make somebody else an admin first.")
            % {"user": leaving.username, "name": organization.name},
            field="role",
        )


def _check_organization(namespace: Namespace) -> None:
    if not namespace.is_organization:
        raise InvalidInput(_("%(name)s is a person, not an organization.") % {"name": namespace.name})


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise InvalidInput(
            _("“%(role)s” is not a role: read, contributor, write, admin.") % {"role": role}, field="role"
        ) from None


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput(
            _("“%(email)s” is not an e-mail address.") % {"email": email}, field="email"
        ) from None


def _check_website(url: str) -> None:
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        raise InvalidInput(_("A website starts with https:// or http://."), field="website") from None


def _thing(namespace: Namespace) -> Thing:
    return Thing(namespace.kind, str(namespace.pk), namespace.name, namespace.get_absolute_url())


def _record_member(
    verb: str, actor: Actor | None, organization: Namespace, user: User, role: str = ""
) -> None:
    record(
        verb,
        actor=actor,
        thing=Thing("member", str(user.pk), user.username, f"/{user.username}"),
        namespace_id=organization.pk,
        data={"role": role} if role else {},
    )


def _record_invitation(verb: str, actor: Actor, invitation: Invitation) -> None:
    record(
        verb,
        actor=actor,
        thing=Thing("invitation", str(invitation.pk), invitation.email),
        namespace_id=invitation.organization_id,
        data={"role": invitation.role},
    )
