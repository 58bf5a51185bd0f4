"""Containers of members' choice: whether the operator lets them run, for whom, from which images, where; and
the secrets they are given, which never leave the person who gave them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from typing import Any

from django.conf import settings
from django.db.models import Q

from evals_app.compute.models import Queue, Worker
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobKind
from evals_app.jobs.requests import ContainerRequest
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.errors import InvalidInput, NotOffered, PermissionRefused

# https://github.com/distribution/reference: host, path, tag, digest. Nothing else is a name: runtimes would
# take `dir:/etc` or `--privileged` for something of theirs.
HOST = r"(?:(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+(?::\d{1,5})?|[a-zA-Z0-9-]+:\d{1,5}|localhost)"
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
IMAGE = re.compile(
    rf"(?:(?P<host>{HOST})/)?(?P<path>{PART}(?:/{PART})*)(?P<tag>:\w[\w.-]{{0,127}})?(?P<digest>@sha256:[0-9a-f]{{64}})?",
    re.ASCII,
)
MOST_IMAGE = 300


def is_offered() -> bool:
    return bool(settings.CONTAINER_RUNTIME)


def image_name(image: str) -> str:
    """The whole name: `ubuntu:22.04` is `docker.io/library/ubuntu:22.04`. InvalidInput for what is none."""
    found = IMAGE.fullmatch(image) if len(image) <= MOST_IMAGE else None
    if found is None:
        raise InvalidInput(
            f"{image!r:.100} is no name of an image; write it as python:3.12 or ghcr.io/owner/name:tag.",
            field="image",
        )
    path = found["path"] if found["host"] or "/" in found["path"] else f"library/{found['path']}"
    tag = found["tag"] or ("" if found["digest"] else ":latest")
    return f"{found['host'] or 'docker.io'}/{path}{tag}{found['digest'] or ''}"


def admit(owner: Namespace, request: ContainerRequest) -> str:
    """The image's whole name. NotOffered without a runtime; PermissionRefused and InvalidInput where the
    operator allows other owners or other images only."""
    if not is_offered():
        raise NotOffered(
            "This hub runs no containers: its operator has not switched on a container runtime.", field="kind"
        )
    if settings.CONTAINER_OWNERS and owner.key not in settings.CONTAINER_OWNERS:
        raise PermissionRefused(
            f"The operator of this hub does not let {owner.name} run containers.", field="owner"
        )
    image = image_name(request.image)
    if settings.CONTAINER_IMAGES and not any(fnmatch(image, p) for p in settings.CONTAINER_IMAGES):
        raise InvalidInput(
            f"The operator of this hub does not allow the image {image}. It allows: "
            f"{', '.join(settings.CONTAINER_IMAGES)}.",
            field="image",
        )
    return image


def order_for(owner: Namespace, queue: Queue, request: ContainerRequest) -> dict[str, Any]:
    """What the engine gets. Of secrets only the names: the order is shown to whoever may see the job."""
    return {
        "image": admit(owner, request),
        "command": list(request.command),
        "arguments": list(request.arguments),
        "environment": request.environment,
        "secrets": sorted(request.secrets),
        "device": queue.device_class,
        "network": settings.CONTAINER_NETWORK,
    }


def asked_for(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a request that made this order."""
    names = ("image", "command", "arguments", "environment", "private")
    return {name: spec[name] for name in names}


# --- Where they run -----------------------------------------------------------------------------------


def runs_on(worker: Worker) -> bool:
    return is_offered() and bool(worker.container_runtime)


def open_to(worker: Worker) -> Q:
    """Which jobs a worker may take, as far as containers are concerned."""
    return Q() if runs_on(worker) else ~Q(kind=JobKind.CONTAINER)


def has_place(job: Job, workers: Iterable[Worker]) -> bool:
    return job.kind != JobKind.CONTAINER or any(runs_on(worker) for worker in workers)


def tries_again(job: Job, failure: Failure) -> bool:
    """Only the command of somebody who asked for attempts is run again when it failed."""
    is_command = job.kind == JobKind.CONTAINER and failure.code == FailureCode.COMMAND_FAILED
    return is_command and job.spec.get("attempts") is not None


# --- Secrets ------------------------------------------------------------------------------------------


def kept(secrets: Mapping[str, str]) -> str:
    """As a sealed column holds them."""
    return json.dumps(dict(secrets)) if secrets else ""


def opened(text: str) -> dict[str, str]:
    """Empty, too, when the hub's key has changed since they were sealed."""
    return dict(json.loads(text)) if text else {}


def secrets_of_lease(job: Job) -> dict[str, Any]:
    """What the order of one attempt holds besides."""
    return {"secret_values": opened(job.secrets)} if job.kind == JobKind.CONTAINER else {}


def secrets_for(actor: Actor, giver_id: int, text: str) -> dict[str, str]:
    """Secrets go with the person who gave them: anybody else could have a command of theirs print them."""
    if text and (actor.user is None or actor.user.pk != giver_id):
        raise PermissionRefused(
            "This was given secrets that are another person's. Submit it anew with secrets of your own.",
            field="secrets",
        )
    return opened(text)
