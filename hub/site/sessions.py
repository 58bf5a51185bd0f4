"""Pages that belong to a person who signed in with a browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hub.accounts.models import User
from hub.accounts.requests import actor_of
from hub.core.errors import PermissionRefused

P = ParamSpec("P")


def signed_in(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Gives the view the person; sends others to sign in, and refuses tokens.

    A token must not reach the pages that make tokens: it could outlive its own revocation.
    """

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = actor_of(request)
        if actor.user is None:
            return redirect_to_login(request.get_full_path())
        if actor.token is not None:
            raise PermissionRefused(_("This page needs a person who signed in, not a token."))
        return view(request, actor.user, *args, **kwargs)

    update_wrapper(guarded, view)
    return never_cache(guarded)
