"""How allauth makes our users."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from hub.accounts import names, services
from hub.accounts.models import Namespace, User
from hub.core.errors import HubError


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return bool(settings.SIGN_UP_OPEN)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The rule of names; `shallow` leaves out the look whether the name is free."""
        try:
            names.check_namespace_name(username)
        except HubError as error:
            raise ValidationError(error.message) from None
        # Organizations take names too, so the table of users would not be enough to ask.
        if not shallow and Namespace.objects.filter(key=username.lower()).exists():
            raise self.validation_error("username_taken")
        return username

    def format_email_subject(self, subject: str) -> str:
        return f"[{settings.SITE_NAME}] {subject}"

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        super().save_user(request, user, form, commit=False)
        return services.register(user) if commit else user
