"""Events as sentences. A verb without a sentence is told by its name, so that nothing is hidden."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evals_app.jobs.words import request_title
from hub.activity.models import Event

SENTENCES = {
    "user.created": gettext_lazy("%(actor)s created the account %(thing)s"),
    "organization.created": gettext_lazy("%(actor)s created the organization %(thing)s"),
    "namespace.updated": gettext_lazy("%(actor)s changed the profile of %(thing)s"),
    "member.set": gettext_lazy("%(actor)s gave %(thing)s the role %(role)s"),
    "member.removed": gettext_lazy("%(actor)s ended the membership of %(thing)s"),
    "invitation.sent": gettext_lazy("%(actor)s invited %(thing)s with the role %(role)s"),
    "invitation.accepted": gettext_lazy("%(actor)s accepted the invitation of %(thing)s"),
    "invitation.revoked": gettext_lazy("%(actor)s withdrew the invitation of %(thing)s"),
    "token.created": gettext_lazy("%(actor)s made the token %(thing)s"),
    "token.revoked": gettext_lazy("%(actor)s revoked the token %(thing)s"),
    "repository.created": gettext_lazy("%(actor)s created %(thing)s"),
    "repository.deleted": gettext_lazy("%(actor)s deleted %(thing)s"),
    "repository.moved": gettext_lazy("%(actor)s renamed %(from)s to %(thing)s"),
    "repository.settings": gettext_lazy("%(actor)s made %(thing)s %(visibility)s"),
    "repository.branch-created": gettext_lazy("%(actor)s created the branch %(branch)s of %(thing)s"),
    "repository.branch-deleted": gettext_lazy("%(actor)s deleted the branch %(branch)s of %(thing)s"),
    "repository.tag-created": gettext_lazy("%(actor)s tagged %(thing)s as %(tag)s"),
    "repository.tag-deleted": gettext_lazy("%(actor)s deleted the tag %(tag)s of %(thing)s"),
    "repository.duplicated": gettext_lazy("%(actor)s copied %(from)s to %(thing)s"),
    "repository.large-files-deleted": gettext_lazy("%(actor)s deleted %(count)s large files of %(thing)s"),
    "repository.disabled": gettext_lazy("%(actor)s disabled %(thing)s"),
    "repository.enabled": gettext_lazy("%(actor)s enabled %(thing)s again"),
    "repository.gated": gettext_lazy("%(actor)s set the access to the files of %(thing)s to %(gating)s"),
    "repository.protected": gettext_lazy("%(actor)s set the protected branches of %(thing)s to %(branches)s"),
    "access.asked": gettext_lazy("%(user)s asked for access to %(thing)s"),
    "access.pending": gettext_lazy("%(actor)s took back the access of %(user)s to %(thing)s"),
    "access.accepted": gettext_lazy("%(actor)s gave %(user)s access to %(thing)s"),
    "access.rejected": gettext_lazy("%(actor)s refused %(user)s access to %(thing)s"),
    "commit": gettext_lazy("%(actor)s committed “%(title)s” to %(thing)s"),
    "discussion.opened": gettext_lazy("%(actor)s opened the discussion %(thing)s"),
    "discussion.commented": gettext_lazy("%(actor)s commented on %(thing)s"),
    "discussion.closed": gettext_lazy("%(actor)s closed %(thing)s"),
    "discussion.reopened": gettext_lazy("%(actor)s reopened %(thing)s"),
    "discussion.renamed": gettext_lazy("%(actor)s renamed the discussion %(thing)s"),
    "pull-request.opened": gettext_lazy("%(actor)s proposed %(thing)s"),
    "pull-request.published": gettext_lazy("%(actor)s offered %(thing)s for merging"),
    "pull-request.merged": gettext_lazy("%(actor)s merged %(thing)s"),
    "schedule.failed": gettext_lazy("The schedule %(thing)s could not submit its job"),
    "schedule.suspended": gettext_lazy("The schedule %(thing)s was paused: it cannot go on"),
    "job.queued": gettext_lazy("%(thing)s waits again"),
    "job.submitted": gettext_lazy("%(actor)s submitted %(thing)s"),
    "job.running": gettext_lazy("A worker started %(thing)s"),
    "job.succeeded": gettext_lazy("%(thing)s succeeded"),
    "job.failed": gettext_lazy("%(thing)s failed"),
    "job.cancelled": gettext_lazy("%(actor)s cancelled %(thing)s"),
    "endpoint.created": gettext_lazy("%(actor)s registered the external model %(thing)s"),
    "endpoint.deleted": gettext_lazy("%(actor)s removed the external model %(thing)s"),
    "budget.soft-limit": gettext_lazy(
        "%(thing)s has passed its soft limit of %(hours)s %(device_class)s hours this month"
    ),
    "budget.set": gettext_lazy(
        "%(actor)s set the %(device_class)s hours a month of %(thing)s: told at %(soft)s, held at %(hard)s"
    ),
    "compute.weight": gettext_lazy("%(actor)s gave %(thing)s the weight %(weight)s in all queues"),
    "compute.limit": gettext_lazy("%(actor)s lets %(thing)s run %(most)s jobs at a time in %(queue)s"),
    "compute.limit-lifted": gettext_lazy(
        "%(actor)s lifted the limit of running jobs of %(thing)s in %(queue)s"
    ),
    "reservation.made": gettext_lazy(
        "%(actor)s reserved %(share)s of %(queue)s for %(thing)s until %(until)s UTC"
    ),
    "reservation.ended": gettext_lazy("%(actor)s ended the reservation of %(thing)s in %(queue)s"),
    "queue.created": gettext_lazy("%(actor)s made the queue %(thing)s"),
    "queue.changed": gettext_lazy("%(actor)s changed the queue %(thing)s"),
    "queue.paused": gettext_lazy("%(actor)s paused the queue %(thing)s"),
    "queue.resumed": gettext_lazy("%(actor)s resumed the queue %(thing)s"),
    "worker-token.created": gettext_lazy("%(actor)s made the worker token %(thing)s for %(queues)s"),
    "worker-token.offered": gettext_lazy(
        "%(actor)s lends machines of %(lender)s for %(queues)s; an operator has to approve the worker token "
        "%(thing)s"
    ),
    "worker-token.approved": gettext_lazy("%(actor)s approved the machines of the worker token %(thing)s"),
    "worker-token.trusted": gettext_lazy(
        "%(actor)s approved the machines of the worker token %(thing)s, for private jobs of others too"
    ),
    "worker-token.own-jobs": gettext_lazy("%(actor)s keeps the machines of %(thing)s for own jobs"),
    "worker-token.all-jobs": gettext_lazy("%(actor)s lets the machines of %(thing)s take jobs of others"),
    "worker-token.revoked": gettext_lazy("%(actor)s revoked the worker token %(thing)s"),
    "lenders.trusted": gettext_lazy(
        "%(actor)s lets private jobs of %(thing)s run on machines of %(lenders)s"
    ),
    "worker.run": gettext_lazy("%(actor)s resumed the worker %(thing)s"),
    "worker.pause": gettext_lazy("%(actor)s paused the worker %(thing)s"),
    "worker.drain": gettext_lazy("%(actor)s drains the worker %(thing)s"),
    "run.recorded": gettext_lazy("A worker measured %(thing)s"),
    "run.published": gettext_lazy("%(actor)s published %(thing)s to the model’s card"),
    "dispute.opened": gettext_lazy("%(actor)s disputes %(thing)s"),
    "dispute.answered": gettext_lazy("%(actor)s answered the dispute of %(thing)s"),
    "dispute.resolved": gettext_lazy("%(actor)s closed the dispute of %(thing)s: %(outcome)s"),
    "leaderboard.created": gettext_lazy("%(actor)s made the leaderboard %(thing)s"),
    "leaderboard.changed": gettext_lazy("%(actor)s changed the leaderboard %(thing)s"),
    "leaderboard.deleted": gettext_lazy("%(actor)s deleted the leaderboard %(thing)s"),
    "schedule.created": gettext_lazy("%(actor)s scheduled %(thing)s"),
    "schedule.changed": gettext_lazy("%(actor)s changed the schedule %(thing)s"),
    "schedule.paused": gettext_lazy("%(actor)s paused the schedule %(thing)s"),
    "schedule.resumed": gettext_lazy("%(actor)s resumed the schedule %(thing)s"),
    "schedule.deleted": gettext_lazy("%(actor)s deleted the schedule %(thing)s"),
}


def sentence(event: Event) -> SafeString:
    """HTML: who and what as links, everything that people chose escaped."""
    words = {key: format_html("{}", value) for key, value in event.data.items()}
    words["actor"] = (
        _linked(event.actor_name, f"/{event.actor_name}")
        if event.actor_name
        else format_html("{}", _("The operator"))
    )
    words["thing"] = _linked(_name(event), event.thing_url)
    template = SENTENCES.get(event.verb)
    if template is not None:
        try:
            return mark_safe(str(template) % words)  # noqa: S308 - each word is escaped above
        except KeyError:
            # An older event without a word that the sentence has by now.
            pass
    return format_html("{} <code>{}</code> {}", words["actor"], event.verb, words["thing"])


def _name(event: Event) -> str:
    """A job is called by what it does, in the reader's language; all else by its name."""
    names = event.data.get("names")
    if event.thing_kind == "job" and isinstance(names, dict):
        return request_title(str(event.data.get("kind")), names) or event.thing_name
    return event.thing_name


def _linked(text: str, url: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text) if url else format_html("<span>{}</span>", text)
