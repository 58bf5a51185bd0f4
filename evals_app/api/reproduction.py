"""What repeats a run elsewhere: the engine as one file, and the script that runs it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evals_app.runs import reproduce, selectors
from hub.accounts.requests import actor_of
from hub.core.errors import HubError, PermissionRefused


def in_plain_text(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refusals are read in a terminal."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except HubError as error:
            return HttpResponse(f"{error.message}\n", status=error.status, content_type="text/plain")

    return answer


@require_safe
def engine_archive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    response = HttpResponse(reproduce.engine_archive(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="evaluate.pyz"'
    return response


@require_safe
@in_plain_text
def run_script(request: HttpRequest, run_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    run = selectors.get_run_for(actor, run_id)
    if not selectors.may_see_answers(actor, run):
        raise PermissionRefused(
            "The benchmark holds its items out: only its owner can repeat this run. Send that token as "
            "HF_TOKEN."
        )
    hub_url = request.build_absolute_uri("/").rstrip("/")
    return HttpResponse(reproduce.script(run, hub_url), content_type="text/x-shellscript; charset=utf-8")
