"""Worker tokens: who may join with machines, for which queues, and when that ends."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from evals_app.compute import audit, selectors, services
from evals_app.compute.models import Queue, TrustedLender, Worker, WorkerPass, WorkerWish
from hub.accounts import policies as people
from hub.accounts import selectors as accounts
from hub.accounts import services as tokens
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, TokenKind, TokenScope, User
from hub.core.clock import now
from hub.core.errors import (
    InvalidCredentials,
    InvalidInput,
    NotFound,
    PermissionRefused,
    Unauthenticated,
)
from hub.inbox import services as inbox

NAME = re.compile(r"[A-Za-z0-9@%._-]{1,100}")
# A beat and a half. A worker that was only late is told that nothing came, and asks again.
BEAT_WITHIN = timedelta(seconds=selectors.WORKER_BEAT_SECONDS * 1.5)
MAX_SLOTS, MAX_DEVICES, MAX_LABELS = 64, 64, 20


class IssuedPass(NamedTuple):
    """`secret` is shown once; only its hash is kept."""

    worker_pass: WorkerPass
    secret: str


@transaction.atomic
def issue(
    user: User,
    name: str,
    queues: Iterable[str],
    *,
    lender: Namespace | None = None,
    approved: bool = False,
    actor: Actor | None = None,
) -> IssuedPass:
    """The operator's command line, where `actor` is None. InvalidInput names a queue that there is not."""
    slugs = [selectors.get_queue(slug).slug for slug in queues]
    if not slugs:
        raise InvalidInput(_("Name at least one queue."), field="queues")
    issued = tokens.create_token(user, name, TokenScope.FINE_GRAINED, kind=TokenKind.WORKER)
    made = WorkerPass.objects.create(
        token=issued.token, lender=lender, queues=sorted(set(slugs)), approved_at=now() if approved else None
    )
    if made.approved_at:
        audit.note_pass("worker-token.created", actor, made)
    else:
        event = audit.note_pass("worker-token.offered", actor, made)
        inbox.notify(set(accounts.operator_ids()) - {user.pk}, event.pk)
    return IssuedPass(made, issued.secret)


def lend(actor: Actor, lender: Namespace, name: str, queues: Iterable[str]) -> IssuedPass:
    """An administrator lends machines of an organization. PermissionRefused, InvalidInput."""
    require_lender(actor, lender)
    if settings.LENDING == "closed":
        raise PermissionRefused(_("This hub takes no lent machines."))
    assert actor.user is not None
    approved = settings.LENDING == "open"
    return issue(actor.user, name, queues, lender=lender, approved=approved, actor=actor)


def require_lender(actor: Actor, lender: Namespace) -> None:
    """An administrator in a session: a token makes no tokens."""
    if actor.token is not None or not (actor.is_operator or people.may_administer(actor, lender)):
        raise PermissionRefused(_("Only administrators of the organization, signed in, lend its machines."))


@transaction.atomic
def approve(actor: Actor, worker_pass: WorkerPass, *, trusted: bool) -> None:
    """The operator lets its workers work; `trusted`: also on private jobs of others."""
    if not actor.is_operator:
        raise PermissionRefused(_("Only an operator approves lent machines."))
    WorkerPass.objects.filter(pk=worker_pass.pk).update(approved_at=now(), is_trusted=trusted)
    verb = "worker-token.trusted" if trusted else "worker-token.approved"
    event = audit.note_pass(verb, actor, worker_pass)
    assert actor.user is not None
    inbox.notify({worker_pass.token.user_id} - {actor.user.pk}, event.pk)


@transaction.atomic
def keep_for_own(actor: Actor, worker_pass: WorkerPass, *, only: bool) -> None:
    """The lender says whether its machines take jobs of others, too."""
    if worker_pass.lender is None:
        raise InvalidInput(_("Only a lent machine has an organization of its own."), field="act")
    require_lender(actor, worker_pass.lender)
    WorkerPass.objects.filter(pk=worker_pass.pk).update(is_for_own=only)
    audit.note_pass("worker-token.own-jobs" if only else "worker-token.all-jobs", actor, worker_pass)


def trusted_lenders(owner: Namespace) -> list[str]:
    """On whose machines the owner lets its private jobs run, besides its own and those of the operator."""
    rows = TrustedLender.objects.filter(owner=owner).order_by("lender__name")
    return list(rows.values_list("lender__name", flat=True))


@transaction.atomic
def trust_lenders(actor: Actor, owner: Namespace, names: Iterable[str]) -> list[str]:
    """In place of those trusted before. PermissionRefused; InvalidInput for a name that is none."""
    if not people.may_administer(actor, owner):
        raise PermissionRefused(_("Only administrators of the owner say where its private jobs run."))
    lenders = []
    for name in dict.fromkeys(names):
        try:
            lenders.append(accounts.get_organization(name))
        except NotFound as error:
            raise InvalidInput(error.message, field="lenders") from None
    TrustedLender.objects.filter(owner=owner).delete()
    TrustedLender.objects.bulk_create([TrustedLender(owner=owner, lender=lender) for lender in lenders])
    told = ", ".join(lender.name for lender in lenders) or audit.NONE
    audit.note_owner("lenders.trusted", actor, owner, lenders=told)
    return trusted_lenders(owner)


def authenticate(secret: str) -> WorkerPass:
    """InvalidCredentials for anything but a living worker token."""
    token = accounts.find_worker_token(secret)
    found = (
        WorkerPass.objects.select_related("token", "lender").filter(token=token).first() if token else None
    )
    if found is None:
        raise InvalidCredentials
    return found


def passes_of(lender: Namespace) -> list[WorkerPass]:
    passes = WorkerPass.objects.select_related("token__user").filter(lender=lender, token__revoked_at=None)
    return list(passes.order_by("-pk"))


def living_passes() -> list[WorkerPass]:
    passes = WorkerPass.objects.select_related("token__user", "lender").filter(token__revoked_at=None)
    return list(passes.order_by("-pk"))


def offered_passes() -> list[WorkerPass]:
    """Those that an operator still has to approve."""
    return [found for found in living_passes() if found.approved_at is None]


def get_pass(pass_id: int) -> WorkerPass:
    found = WorkerPass.objects.select_related("token", "lender").filter(pk=pass_id).first()
    if found is None:
        raise NotFound("There is no such worker token.")
    return found


def get_worker(worker_pass: WorkerPass, worker_id: UUID) -> Worker:
    """Of this pass only: what another token registered is not there."""
    worker = Worker.objects.filter(pk=worker_id, worker_pass=worker_pass).first()
    if worker is None:
        raise NotFound("This worker is not registered; register it.")
    return worker


def may_manage(actor: Actor, worker: Worker) -> bool:
    """The operator manages all workers, administrators those that their organization lends."""
    lender = worker.worker_pass.lender if worker.worker_pass else None
    return actor.is_operator or (lender is not None and people.may_administer(actor, lender))


def require_manager(actor: Actor, worker: Worker) -> None:
    if not actor.is_authenticated:
        raise Unauthenticated
    if not may_manage(actor, worker):
        raise PermissionRefused(_("Only an operator or the organization that lends it manages a worker."))


def workers_visible_to(actor: Actor) -> list[Worker]:
    """Those that were let in; before that, a machine is shown to who manages it."""
    return [worker for worker in selectors.workers() if worker.is_let_in or may_manage(actor, worker)]


def find_worker(actor: Actor, worker_id: UUID) -> Worker:
    worker = Worker.objects.select_related("worker_pass__lender").filter(pk=worker_id).first()
    if worker is None or not (worker.is_let_in or may_manage(actor, worker)):
        raise NotFound("There is no such worker.")
    return worker


def command(hub_url: str, secret: str) -> str:
    """What makes a worker of a machine, in one line for a shell."""
    return f"curl -fsSL {shlex.quote(hub_url)}/workers/join.sh | LLMOS_WORKER_TOKEN={secret} sh"


def register(worker_pass: WorkerPass, said: Mapping[str, Any]) -> Worker:
    """Everything a machine says of itself is checked and bounded. InvalidInput, Conflict."""
    name = str(said.get("name") or "")
    if not NAME.fullmatch(name):
        raise InvalidInput("A worker's name has 1 to 100 letters, digits and any of `@%._-`.", field="name")
    prefix = f"{worker_pass.lender.name}/" if worker_pass.lender else ""
    return services.register_worker(
        f"{prefix}{name}"[:120],
        host=str(said.get("host") or name)[:120],
        queues=queues_for(worker_pass, said.get("queues") or []),
        devices=[_device(device) for device in _list(said, "devices")[:MAX_DEVICES]],
        slots=[_slot(slot) for slot in _list(said, "slots")[:MAX_SLOTS]],
        labels=dict(list(_words(said.get("labels")).items())[:MAX_LABELS]),
        versions=_words(said.get("versions")),
        walls={
            k: v for k, v in _object(said.get("walls")).items() if k in WALLS and isinstance(v, str | bool)
        },
        container_runtime=str(said.get("container_runtime") or "")[:80],
        worker_pass=worker_pass,
    )


WALLS = frozenset({"builder", "files", "network", "processes"})


def queues_for(worker_pass: WorkerPass, wanted: Any) -> list[str]:
    """What it asks for, as far as its pass reaches; all of that when it asks for nothing."""
    allowed = list(Queue.objects.filter(slug__in=worker_pass.queues).values_list("slug", flat=True))
    if not isinstance(wanted, list) or not wanted:
        return allowed
    for slug in wanted:
        if slug not in allowed:
            names = ", ".join(allowed) or "none"
            raise InvalidInput(
                f"This token does not serve the queue {slug!r:.60}. It serves: {names}.", field="queues"
            )
    return [str(slug) for slug in wanted]


def free_devices(worker: Worker, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a worker says is free of its devices: of each one `slot`, and the memory that is left."""
    slots = {slot["number"]: slot["device"] for slot in worker.slots}
    free: dict[int, dict[str, Any]] = {}
    for entry in map(_object, _list(said, "free")[:MAX_DEVICES]):
        number, left = entry.get("slot"), entry.get("memory_bytes")
        if not isinstance(number, int) or number not in slots or not isinstance(left, int) or left < 0:
            raise InvalidInput(
                "`free` lists slots that the worker registered, one of each device: "
                '`{"slot": 0, "memory_bytes": 8000000000}`.',
                field="free",
            )
        device = slots[number]
        # 0 would mean that it does not tell.
        memory = max(1, min(left, device["memory_bytes"])) if device["memory_bytes"] else left
        whole = device["memory_bytes"]
        free[number] = {**device, "slot": number, "memory_bytes": memory, "whole_memory_bytes": whole}
    return list(free.values())


def note_beat(worker: Worker, *, leaving: bool) -> None:
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=now(), is_leaving=leaving)


def is_there(worker: Worker) -> bool:
    """Neither silent, leaving, shut out nor started anew since its row was read: it is worth waiting for."""
    return _present(worker).exists()


def takes_work(worker: Worker) -> bool:
    """It is there, approved, neither paused nor drained, and has something free."""
    return (
        bool(worker.free_devices)
        and _present(worker).filter(wish=WorkerWish.RUN, worker_pass__approved_at__isnull=False).exists()
    )


def _present(worker: Worker) -> QuerySet[Worker]:
    return Worker.objects.filter(
        pk=worker.pk,
        started_at=worker.started_at,
        heartbeat_at__gte=now() - BEAT_WITHIN,
        is_leaving=False,
        worker_pass__token__revoked_at=None,
    )


def _list(said: Mapping[str, Any], name: str) -> list[Any]:
    value = said.get(name)
    return value if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and len(value) <= 40)


def _words(value: Any) -> dict[str, str]:
    return {str(name)[:40]: str(text)[:100] for name, text in list(_object(value).items())[:MAX_LABELS]}


def _device(value: Any) -> dict[str, Any]:
    said = _object(value)
    memory, count = said.get("memory_bytes"), said.get("count")
    return {
        "kind": "gpu" if said.get("kind") == "gpu" else "cpu",
        "name": str(said.get("name") or "")[:80],
        "memory_bytes": memory if isinstance(memory, int) and 0 <= memory < 1 << 50 else 0,
        "count": count if isinstance(count, int) and 1 <= count <= 1024 else 1,
    }


def _slot(value: Any) -> dict[str, Any]:
    said = _object(value)
    number = said.get("number")
    if not isinstance(number, int) or not 0 <= number < 1024:
        raise InvalidInput("Each slot needs its `number`.", field="slots")
    return {"number": number, "device": _device(said.get("device"))}
