"""Small pages of the site itself: health, robots, preferences, the living style page."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hub.accounts.requests import actor_of
from hub.site import health, style_samples
from hub.site.context import THEMES

A_YEAR = 365 * 86400


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when the hub can serve, 503 otherwise; the reasons go to whoever runs it, in the body."""
    found = health.check()
    body = {"status": "ok" if found.is_good else "failing", **dataclasses.asdict(found)}
    return JsonResponse(body, status=200 if found.is_good else 503)


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        "Disallow: /api/",
        "Disallow: /search",
        "Disallow: /accounts/",
        "Disallow: /settings/",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the reader's choice of light or dark; anything else forgets it."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=A_YEAR, samesite="Lax")
    else:
        response.delete_cookie("theme")
    return response


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """Every component with sample values; for those who build pages."""
    if not (settings.DEBUG or actor_of(request).is_operator):
        raise Http404
    return render(request, "site/style.html", style_samples.context())
