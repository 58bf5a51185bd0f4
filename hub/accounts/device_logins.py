"""Signing in a program that has no browser: it shows a code, its person confirms the code in a browser.

RFC 8628. The program polls with a secret of its own; the access token is made at the first poll after the
person agreed, so that its text is kept nowhere.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hub.accounts import tokens
from hub.accounts.models import DeviceLogin, DeviceState, TokenScope, User
from hub.accounts.token_services import IssuedToken, create_token
from hub.core import clock
from hub.core.errors import Busy, HubError, InvalidInput, NotFound

LIFETIME = timedelta(minutes=15)
POLL_SECONDS = 5
# Consonants alone: no words, and no letters that are taken for one another.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
# Anybody may start a login; so many may wait at once.
MAX_WAITING = 10_000
TOKEN_DAYS = (7, 30, 90)


class LoginPending(HubError):
    """The error words of RFC 8628, section 3.5, as `code`."""

    code = "authorization_pending"


class PolledTooOften(HubError):
    code = "slow_down"


class LoginDenied(HubError):
    code = "access_denied"


class LoginExpired(HubError):
    code = "expired_token"


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """`secret` is for the program alone, `user_code` for the eyes of its person."""

    secret: str
    user_code: str


def start(client: str) -> StartedLogin:
    """`client` is what the program calls itself, shown to its person. Raises Busy."""
    now = clock.now()
    DeviceLogin.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    if DeviceLogin.objects.filter(expires_at__gt=now, state=DeviceState.WAITING).count() >= MAX_WAITING:
        raise Busy("Too many programs wait to be signed in. Try again in some minutes.")
    secret = secrets.token_urlsafe(32)
    code = "".join(secrets.choice(ALPHABET) for _i in range(CODE_LENGTH))
    DeviceLogin.objects.create(
        secret_hash=tokens.hash_of(secret),
        user_code=code,
        client=client.replace("\x00", "")[:100],
        expires_at=now + LIFETIME,
    )
    return StartedLogin(secret, f"{code[:4]}-{code[4:]}")


def waiting(user_code: str) -> DeviceLogin:
    """The login that shows this code, however it was typed. Raises NotFound."""
    code = "".join(letter for letter in user_code.upper() if letter.isalpha())
    rows = DeviceLogin.objects.filter(user_code=code, state=DeviceState.WAITING)
    found = rows.filter(expires_at__gt=clock.now()).order_by("-pk").first()
    if found is None:
        raise NotFound(_("No program waits with this code. Start the login there again."))
    return found


def decide(user: User, login: DeviceLogin, *, agreed: bool, scope: str, days: int) -> None:
    """The person's answer; the first one counts. Raises InvalidInput, NotFound when it was given."""
    if scope not in {TokenScope.READ, TokenScope.WRITE} or days not in TOKEN_DAYS:
        raise InvalidInput(_("Choose what the program may do, and for how long."), field="scope")
    state = DeviceState.AGREED if agreed else DeviceState.DENIED
    rows = DeviceLogin.objects.filter(pk=login.pk, state=DeviceState.WAITING, expires_at__gt=clock.now())
    if not rows.update(state=state, user=user, scope=scope, days=days):
        raise NotFound(_("No program waits with this code. Start the login there again."))


def take(secret: str) -> IssuedToken:
    """The token, once, after its person agreed. Raises LoginPending, PolledTooOften, LoginDenied,
    LoginExpired; the last for unknown and used secrets, too."""
    row = DeviceLogin.objects.select_related("user").filter(secret_hash=tokens.hash_of(secret)).first()
    if row is None or row.state == DeviceState.TAKEN or row.expires_at <= clock.now():
        raise LoginExpired
    if row.state == DeviceState.DENIED:
        raise LoginDenied
    if row.state == DeviceState.WAITING:
        raise _still_waiting(row)
    with transaction.atomic():
        rows = DeviceLogin.objects.filter(pk=row.pk, state=DeviceState.AGREED)
        if not rows.update(state=DeviceState.TAKEN):
            raise LoginExpired
        assert row.user is not None
        ends = clock.now() + timedelta(days=row.days)
        return create_token(row.user, f"{row.client or 'hf'} (browser login)", row.scope, expires_at=ends)


def _still_waiting(row: DeviceLogin) -> HubError:
    """A little less than the interval is forgiven: networks are uneven."""
    now = clock.now()
    rows = DeviceLogin.objects.filter(pk=row.pk)
    early = row.polled_at is not None and now - row.polled_at < timedelta(seconds=POLL_SECONDS - 2)
    rows.update(polled_at=now)
    return PolledTooOften() if early else LoginPending()
