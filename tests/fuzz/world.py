"""A hub with secrets in it: texts that must never reach those who may not see them.

The names are the same in every world, so that requests can be made before there is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache

from evals_app.jobs import services as jobs
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.schedules import services as schedules
from hub.accounts.models import AccessToken, Membership, Namespace, Role, User
from hub.webhooks import services as webhooks
from hub.webhooks.services import Watched, Wish
from models_app.collections import services as collections
from models_app.collections.models import Collection
from models_app.commits.operations import AddFile
from models_app.discussions import pull_requests
from models_app.discussions import services as discussions
from models_app.repositories import gating, large_files, lfs_locks, references, services
from models_app.repositories.models import AccessRequest, Repository
from models_app.repositories.xet_access import Scope, XetAccess, sign_access
from models_app.storage.xet import hashes
from tests.factories.accounts import actor_for, make_organization, make_token, make_user
from tests.factories.jobs import evaluation_request, evaluation_result, make_benchmark, make_evaluation
from tests.factories.large_files import commit_large_file, upload, upload_by_xet
from tests.factories.repositories import commit_files, make_repository

PERSONS = ("nobody", "stranger", "member", "owner")
OUTSIDERS = ("nobody", "stranger")
SECRET_MODEL, SECRET_DATA, MISSING_MODEL, MISSING_DATA = "zqmodel", "zqdata", "zqnosuc", "zqgone"
# What a private repository holds and what is said about it.
PRIVATE = (
    SECRET_MODEL,
    SECRET_DATA,
    "zqcard",
    "zqfile",
    "zqbytes",
    "zqtitle",
    "zqbranch",
    "zqtag",
    "zqtalk",
    "zqsaid",
    "zqweights",
    "zqcollection",
    "zqproposal",
    "zqlock",
    "zqschedule",
    "zqbench",
)
GATED = ("zqgated", "zqheavy")
# What not even a member reads who may only read.
OWNERS = ("zqhook", "zqsecret", "zqtoken", "zqmail", "zqanswer")


@dataclass
class World:
    users: dict[str, User]
    tokens: dict[str, str]
    # Numbers, ids and signed texts of this world by the words that requests hold for them.
    values: dict[str, str]
    # Ids of private contents, which are as secret as the contents.
    secrets: dict[str, str]
    fingerprint: str = ""

    def hidden_from(self, person: str) -> list[str]:
        if person == "owner":
            return []
        if person == "member":
            return list(OWNERS)
        return [*OWNERS, *PRIVATE, *GATED, *self.secrets.values()]

    def has_changed(self) -> bool:
        """Whether somebody with the right to do so opened, renamed or removed what is watched here."""
        return fingerprint() != self.fingerprint


def fingerprint() -> str:
    watched = Repository.objects.filter(name__in=(SECRET_MODEL, SECRET_DATA, "gated", "open"))
    rows = [
        *watched.order_by("pk").values_list("pk", "namespace__name", "name", "visibility", "gating"),
        *Membership.objects.order_by("pk").values_list("pk", "user_id", "role"),
        *AccessRequest.objects.order_by("pk").values_list("pk", "status"),
        *Collection.objects.filter(title__startswith="zq").values_list("pk", "is_private"),
        *AccessToken.objects.order_by("pk").values_list("pk", "revoked_at"),
        *User.objects.order_by("pk").values_list("pk", "email"),
    ]
    return json.dumps(rows, default=str)


def make_world() -> World:
    cache.clear()
    owner, member = make_user("owner", email="zqmail@example.org"), make_user("member")
    stranger, asker = make_user("stranger"), make_user("asker")
    acme = make_organization("acme", admin=owner, members={member: Role.READ})
    users = {"owner": owner, "member": member, "stranger": stranger}
    model, data = make_secret(acme, SECRET_MODEL, "model"), make_secret(acme, SECRET_DATA, "dataset")
    make_repository(acme, "open", files={"README.md": "---\nlicense: mit\n---\n# Open\n", "sub/a.txt": "a\n"})
    values = talk(owner, model) | gate(owner, asker, acme) | evaluate(owner, acme) | own(owner)
    values |= signed(owner, model) | {"head": model.head, "data_head": data.head}
    tokens = {
        person: make_token(user, name="zqtoken" if person == "owner" else person)
        for person, user in users.items()
    }
    secrets = {"head": model.head, "data_head": data.head}
    world = World(users, tokens, values, secrets)
    world.fingerprint = fingerprint()
    return world


def make_secret(acme: Namespace, name: str, type_: str) -> Repository:
    files = {
        "README.md": "---\nlicense: mit\ntags: [zqtag]\n---\n# zqcard\n",
        "sub/zqfile.txt": "zqbytes\n",
        "table.csv": "a,b\n1,zqbytes\n",
        "config.json": '{"model_type": "zqbytes"}',
    }
    repository = make_repository(acme, name, type_, private=True, files=files)
    commit_files(repository, acme, {"zqfile.md": "zqbytes"}, summary="zqtitle")
    commit_large_file(repository, acme, "w.npz", upload(repository, b"zqweights" * 100))
    repository.refresh_from_db()
    return repository


def talk(owner: User, model: Repository) -> dict[str, str]:
    actor = actor_for(owner)
    references.create_branch(actor, model, "zqbranch")
    references.create_tag(actor, model, "main", "zqtag", "zqsaid")
    discussion = discussions.open(actor, model, title="zqtalk", description="zqsaid")
    pull_requests.propose(actor, model, "main", [AddFile("zqproposal", b"zqbytes")], summary="zqtitle")
    lock = lfs_locks.lock(actor, model, "zqlock.bin")
    collection = collections.create(actor, "acme", title="zqcollection", private=True)
    item = collections.add_item(actor, collection, "model", model.full_id)
    return {
        "event": discussion.events.get().pk,
        "lock": str(lock.pk),
        "slug": collection.slug,
        "tail": collection.slug.partition("/")[2],
        "item": item.pk,
    }


def gate(owner: User, asker: User, acme: Namespace) -> dict[str, str]:
    """Anybody sees the name and the card; the files are for those who were let in."""
    card = "---\nextra_gated_fields:\n  Why: text\n---\n# Gated\n"
    gated = make_repository(
        acme, "gated", files={"README.md": card, "a.txt": "zqgated", "b.csv": "a\nzqgated\n"}
    )
    commit_large_file(gated, acme, "h.npz", upload(gated, b"zqheavy" * 100))
    services.update_settings(actor_for(owner), gated, gating="manual")
    gating.ask(actor_for(asker), gated, {"Why": "zqanswer"})
    return {}


def evaluate(owner: User, acme: Namespace) -> dict[str, str]:
    actor = actor_for(owner)
    board = leaderboards.ensure_boards(make_benchmark(acme, "zqbench", private=True))[0]
    job = make_evaluation(acme, model=SECRET_MODEL, benchmark="translation")
    run = runs.record(job, evaluation_result())[0]
    jobs.cancel(actor, job)
    request = evaluation_request("acme", f"acme/{SECRET_MODEL}", "acme/translation")
    schedule = schedules.create(actor, name="zqschedule", cron="0 3 * * *", request=request)
    return {"job": str(job.pk), "run": str(run.pk), "schedule": str(schedule.pk), "board": board.slug}


def own(owner: User) -> dict[str, str]:
    watched = [Watched("org", "acme")]
    wish = Wish("https://zqhook.example.org/x", watched, secret="zqsecret-zqsecret")
    webhook = webhooks.create(actor_for(owner), wish)
    webhooks.add_delivery(webhook, 1, {"event": {"scope": "repo", "action": "create"}, "text": "zqhook"})
    return {"webhook": webhook.pk, "delivery": str(webhook.deliveries.get().pk)}


def signed(owner: User, model: Repository) -> Mapping[str, str]:
    """What a client holds that was let in, and what was uploaded with it."""
    sha256 = upload(model, b"zqweights")
    file = upload_by_xet(model)
    commit_large_file(model, owner_of(model), "x.npz", file.real_sha256)
    write, _ = sign_access(XetAccess(model.pk, Scope.WRITE, owner.pk, False), "main")
    read, _ = sign_access(XetAccess(model.pk, Scope.READ, owner.pk, False), "main")
    return {
        "sha256": sha256,
        "xet_file": hashes.to_text(file.real_id),
        "xorb": file.terms[0][0].hash,
        "xet_sha256": file.real_sha256,
        "cas_write": write,
        "cas_read": read,
        **{
            f"signed_{word}": large_files.sign_transfer(word, model, sha256, 9)
            for word in ("upload", "verify", "download")
        },
    }


def owner_of(repository: Repository) -> Namespace:
    return repository.namespace
