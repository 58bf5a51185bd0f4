"""What people decide about the compute pool, as events: what an owner is granted and lends in its own
history, queues and the installation's machines in the operator's. Each expects the caller's transaction."""

from __future__ import annotations

from evals_app.compute.models import Queue, Worker, WorkerPass
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.activity import services as activity
from hub.activity.models import Event
from hub.activity.things import Thing

# In a sentence that is stored, for a limit that there is not.
NONE = "–"


def note_owner(verb: str, actor: Actor | None, owner: Namespace, **words: object) -> None:
    """`actor` is None for the operator's command line."""
    thing = Thing("namespace", str(owner.pk), owner.name, f"/{owner.name}")
    _record(verb, actor, thing, owner.pk, words)


def note_queue(verb: str, actor: Actor | None, queue: Queue) -> None:
    _record(verb, actor, Thing("queue", str(queue.pk), queue.slug, "/compute"), None, {})


def note_pass(verb: str, actor: Actor | None, worker_pass: WorkerPass) -> Event:
    """Called by the name of its token."""
    thing = Thing("worker-token", str(worker_pass.pk), worker_pass.token.name, "/compute/lend")
    lender = worker_pass.lender.name if worker_pass.lender else NONE
    words: dict[str, object] = {"queues": ", ".join(worker_pass.queues), "lender": lender}
    return _record(verb, actor, thing, worker_pass.lender_id, words)


def note_worker(verb: str, actor: Actor | None, worker: Worker) -> None:
    lender = worker.worker_pass.lender_id if worker.worker_pass else None
    _record(verb, actor, Thing("worker", str(worker.pk), worker.name, "/compute"), lender, {})


def number(value: float | None) -> str:
    return NONE if value is None else f"{value:g}"


def _record(
    verb: str, actor: Actor | None, thing: Thing, namespace_id: int | None, words: dict[str, object]
) -> Event:
    return activity.record(verb, actor=actor, thing=thing, namespace_id=namespace_id, data=words)
