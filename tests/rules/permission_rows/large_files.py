"""Large files: through a repository the access door decides; a signed address decides by itself."""

from __future__ import annotations

from typing import Any

from models_app.repositories import large_files
from models_app.repositories.models import LfsLock
from tests.factories.large_files import commit_large_file, upload, upload_by_xet
from tests.rules.permissions import Row, World

READ = (401, 404, 200, 200)
WRITE = (401, 404, 403, 200)
ABSENT = (404, 404, 404, 404)
# These ask for a token or a signature of their own; nobody's session helps.
BY_TOKEN = (401, 401, 401, 401)
BY_SIGNATURE = (403, 403, 403, 403)
HASH = "0" * 64
CAS = "/cas/g1"


def row(
    route: str,
    url: str,
    statuses: tuple[int, int, int, int],
    method: str = "GET",
    body: Any = None,
    **more: Any,
) -> Row:
    return Row(f"hf:{route}", url, statuses, method=method, body=body, by="token", **more)


def batch(operation: str) -> dict[str, Any]:
    return {"operation": operation, "ref": {"name": "main"}, "objects": [{"oid": HASH, "size": 1}]}


def address(world: World) -> dict[str, str]:
    """An address that was signed for somebody who may read: it works for whoever holds it."""
    sha256 = upload(world.secret, b"weights")
    return {
        "download": large_files.sign_transfer("download", world.secret, sha256, 7),
        "verify": large_files.sign_transfer("verify", world.secret, sha256, 7),
        "oid": sha256,
    }


def verify_body(values: dict[str, str]) -> dict[str, Any]:
    return {"oid": values["oid"], "size": 7}


def committed(world: World) -> dict[str, str]:
    file = upload_by_xet(world.secret)
    commit_large_file(world.secret, world.acme, "w.zip", file.real_sha256)
    return {"sha256": file.real_sha256}


def duplicate_body(values: dict[str, str]) -> dict[str, Any]:
    return {"target": {"type": "dataset", "name": "acme/data"}, "files": [{"sha256": values["sha256"]}]}


def locks(name: str, place: str) -> list[Row]:
    number = 101 if "datasets" in place else 100
    return [
        row(f"{name}-lfs-locks", f"{place}/locks", READ),
        row(f"{name}-lfs-locks", f"{place}/locks", (401, 404, 403, 201), "POST", {"path": "w.zip"}),
        row(f"{name}-lfs-verify", f"{place}/locks/verify", WRITE, "POST"),
        row(f"{name}-lfs-unlock", f"{place}/locks/{number}/unlock", WRITE, "POST", prepare=locked),
    ]


def locked(world: World) -> dict[str, str]:
    """Locks of the owner on the model and on the dataset."""
    rows = [LfsLock(repository=at, path="w.zip", owner=world.owner) for at in (world.secret, world.data)]
    for number, lock in enumerate(rows, start=100):
        lock.pk = number
        lock.save(force_insert=True)
    return {}


def of_type(word: str, place: str) -> list[Row]:
    lfs = f"{place}.git/info/lfs"
    bare = f"{place}/info/lfs"
    return [
        row(f"{word}-git-lfs-batch", f"{lfs}/objects/batch", READ, "POST", batch("download")),
        row(f"{word}-git-lfs-batch", f"{lfs}/objects/batch", WRITE, "POST", batch("upload")),
        row(f"{word}-lfs-batch", f"{bare}/objects/batch", READ, "POST", batch("download")),
        row(f"{word}-lfs-batch", f"{bare}/objects/batch", WRITE, "POST", batch("upload")),
        *locks(f"{word}-git", lfs),
        *locks(word, bare),
        row(f"{word}-resolve", f"{place}/resolve/main/.gitattributes", READ),
        row(f"{word}-resolve", f"{place}/resolve/main/.gitattributes", READ, "HEAD"),
        row(f"{word}-raw", f"{place}/raw/main/.gitattributes", READ),
    ]


ROWS = [
    *of_type("model", "/acme/secret"),
    *of_type("dataset", "/datasets/acme/data"),
    row("model-resolve", "/acme/secret/resolve/main/w.zip", READ, prepare=committed),
    row("xet-read-token", "/api/models/acme/secret/xet-read-token/main", READ),
    row("xet-write-token", "/api/models/acme/secret/xet-write-token/main", WRITE),
    row("xet-write-token", "/api/models/acme/open/xet-write-token/main", (401, 403, 403, 200)),
    row("xet-write-token", "/api/models/acme/open/xet-write-token/None", (401, 200, 200, 200)),
    row(
        "lfs-files-duplicate",
        "/api/models/acme/secret/lfs-files/duplicate",
        WRITE,
        "POST",
        duplicate_body,
        prepare=committed,
    ),
    row("lfs-upload", "/lfs/upload/forged", BY_SIGNATURE, "PUT"),
    row("lfs-part", "/lfs/part/forged", BY_SIGNATURE, "PUT"),
    row("lfs-parts", "/lfs/parts/forged", BY_SIGNATURE, "POST"),
    row("lfs-verify", "/lfs/verify/{verify}", (200, 200, 200, 200), "POST", verify_body, prepare=address),
    row("lfs-download", "/lfs/download/{download}", (200, 200, 200, 200), prepare=address),
    row("lfs-download", "/lfs/download/forged", BY_SIGNATURE),
    row("cas-xorb", f"{CAS}/v1/xorbs/default/{HASH}", BY_TOKEN, "POST"),
    row("cas-xorb", f"{CAS}/v1/xorbs/default/{HASH}", BY_TOKEN, "HEAD"),
    row("cas-shards-v1", f"{CAS}/v1/shards", BY_TOKEN, "POST"),
    row("cas-shards-v2", f"{CAS}/v2/shards", BY_TOKEN, "POST"),
    row("cas-plan-v1", f"{CAS}/v1/reconstructions/{HASH}", BY_TOKEN),
    row("cas-plan-v2", f"{CAS}/v2/reconstructions/{HASH}", BY_TOKEN),
    row("cas-file", f"{CAS}/v1/files/{HASH}", BY_TOKEN, "HEAD"),
    row("cas-bytes", f"{CAS}/bytes/forged", BY_SIGNATURE),
    row("cas-grant", f"{CAS}/v1/xorb-grants/default/{HASH}", BY_TOKEN, "POST"),
    row("cas-commit", f"{CAS}/v1/xorb-commits/default/{HASH}/grant/forged", BY_TOKEN, "POST"),
    row("cas-staged", f"{CAS}/staged/forged", BY_SIGNATURE, "PUT"),
    row("cas-duplicates", f"{CAS}/v1/chunks/default/{HASH}", BY_TOKEN),
    row("cas-plans-v1", f"{CAS}/v1/reconstructions", BY_TOKEN),
    row("cas-plans-v1", f"{CAS}/v1/reconstructions", BY_TOKEN, "POST"),
    row("cas-edit", f"{CAS}/v2/file-chunk-hashes/{HASH}", BY_TOKEN),
    row("cas-not-offered", f"{CAS}/v3/anything", ABSENT),
    row("cas-telemetry", "/v1/telemetry", (204, 204, 204, 204), "POST"),
]
