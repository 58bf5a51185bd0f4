"""`manage.py job submit | list | show | log | cancel`: jobs without a browser."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from evals_app.jobs import requests, selectors, services, waiting
from evals_app.jobs.models import Job, JobState
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.core.commands import OperatorCommand
from hub.core.errors import InvalidInput


class Command(OperatorCommand):
    help = "Submit, list, show, follow and cancel jobs, as a user (--as) who has the rights."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        actions = parser.add_subparsers(dest="action", required=True)
        submit = actions.add_parser("submit", help="submit a job request")
        submit.add_argument("request", help="JSON text, a file that holds it, or - for standard input")
        submit.add_argument("--as", dest="user", required=True, metavar="USER")
        listing = actions.add_parser("list", help="newest jobs first")
        listing.add_argument("--state", choices=JobState.values)
        listing.add_argument("--limit", type=int, default=20)
        for name, text in (("show", "one job"), ("log", "its log"), ("cancel", "end it")):
            action = actions.add_parser(name, help=text)
            action.add_argument("job")
            if name == "cancel":
                action.add_argument("--as", dest="user", required=True, metavar="USER")

    def run(self, **options: Any) -> None:
        ACTIONS[options["action"]](self, options)

    def submit(self, options: dict[str, Any]) -> None:
        job = services.submit(_person(options["user"]), requests.parse(_read(options["request"])))
        self.tell(f"Submitted: {job.title}\n{job.pk}", **_facts(job))

    def list_jobs(self, options: dict[str, Any]) -> None:
        jobs = selectors.all_jobs()
        if options["state"]:
            jobs = jobs.filter(state=options["state"])
        rows = list(jobs[: options["limit"]])
        lines = [f"{job.pk}  {job.state:<9}  {job.queue.slug:<6}  {job.title}" for job in rows]
        self.tell("\n".join(lines) or "No jobs.", jobs=[_facts(job) for job in rows])

    def show(self, options: dict[str, Any]) -> None:
        facts = _facts(_job(options["job"]))
        self.tell("\n".join(f"{name}: {value}" for name, value in facts.items()), **facts)

    def log(self, options: dict[str, Any]) -> None:
        job, last = _job(options["job"]), 0
        while chunks := selectors.log_after(job, last):
            for chunk in chunks:
                self.stdout.write(chunk.text, ending="")
            last = chunks[-1].pk

    def cancel(self, options: dict[str, Any]) -> None:
        job = services.cancel(_person(options["user"]), _job(options["job"]))
        self.tell(
            f"{job.pk}: {job.state}" + (", ending" if job.state == JobState.RUNNING else ""), **_facts(job)
        )


ACTIONS = {
    "submit": Command.submit,
    "list": Command.list_jobs,
    "show": Command.show,
    "log": Command.log,
    "cancel": Command.cancel,
}


def _person(name: str) -> Actor:
    return accounts.actor_for_user(accounts.get_user(name))


def _job(job_id: str) -> Job:
    """The operator sees every job."""
    try:
        return selectors.all_jobs().get(pk=job_id)
    except (Job.DoesNotExist, ValidationError):
        raise CommandError(f"There is no job {job_id}.") from None


def _read(text: str) -> object:
    if text == "-":
        text = sys.stdin.read()
    elif not text.lstrip().startswith("{"):
        try:
            text = Path(text).read_text()
        except OSError as error:
            raise CommandError(f"{text}: {error.strerror}") from None
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"The request is not JSON: {error}") from None


def _facts(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.pk),
        "title": job.title,
        "kind": job.kind,
        "state": job.state,
        "owner": job.owner.name,
        "queue": job.queue.slug,
        "attempt": job.attempt,
        "progress": job.progress,
        "progress_text": job.progress_text,
        "error_code": job.error_code,
        "error_message": job.error_message,
        "exit_code": job.exit_code,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "waiting": waiting.waiting_reason(job).text,
    }
