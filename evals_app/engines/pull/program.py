"""Pull: resolve the revision once, download what is missing, upload, and say where it came from."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals_app.engines import channel, failures, hub_client, lifetime
from evals_app.engines.failures import Failure, bad_input
from evals_app.engines.workplace import Workplace, write_json

if TYPE_CHECKING:
    from huggingface_hub import HfApi

# The commit that a first attempt resolved: later ones continue with the same.
RESOLVED = "source.json"


def run(place: Workplace) -> dict[str, Any]:
    """Raises Failure with a name, and Stopped between files; what is downloaded is kept."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    from huggingface_hub.utils import httpx

    upstream = HfApi(endpoint=place.text("upstream"), token=place.spec.get("upstream_token") or False)
    folder = place.path("pulled", "x").parent
    try:
        source = _resolve(place, upstream)
        size = _download(place, upstream, source, folder)
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        message = f"{place.text('source')} could not be read from {place.text('upstream')}: {error}"
        raise _failure_of(error, message) from error
    except (httpx.HTTPError, OSError) as error:
        message = f"{place.text('upstream')} could not be reached: {error}"
        raise Failure(failures.ENGINE_ERROR, message) from error
    lifetime.check()
    commit = _publish(place, folder, source["commit"])
    return {
        "output": place.text("output"),
        "commit": commit,
        "source": place.text("source"),
        "upstream": place.text("upstream"),
        "source_commit": source["commit"],
        "files": len(source["files"]),
        "bytes": size,
    }


def _failure_of(error: Exception, message: str) -> Failure:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return bad_input(message) if status in {401, 403, 404} else Failure(failures.ENGINE_ERROR, message)


def _resolve(place: Workplace, upstream: HfApi) -> dict[str, Any]:
    """The commit and its files, with sizes; asked once a job."""
    path = place.path(RESOLVED)
    if not path.exists():
        channel.progress(0, None, f"Asking {place.text('upstream')} for {place.text('source')}")
        info = upstream.repo_info(
            place.text("source"),
            repo_type=_type(place),
            revision=place.spec.get("source_revision") or "main",
            files_metadata=True,
        )
        files = [[sibling.rfilename, sibling.size or 0] for sibling in info.siblings or []]
        write_json(path, {"commit": info.sha, "files": files})
    resolved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return resolved


def _type(place: Workplace) -> str:
    type_ = str(place.spec.get("source_type") or "model")
    if type_ not in {"model", "dataset"}:
        raise bad_input(f"`source_type` must be model or dataset, not {type_!r}.")
    return type_


def _download(place: Workplace, upstream: HfApi, source: dict[str, Any], folder: Path) -> int:
    files: Sequence[tuple[str, int]] = source["files"]
    total = sum(size for _, size in files)
    with _reported(folder, total):
        for name, _size in files:
            lifetime.check()
            # Finished files and the beginning of an unfinished one lie in the folder and are not asked again.
            upstream.hf_hub_download(
                place.text("source"),
                name,
                repo_type=_type(place),
                revision=source["commit"],
                local_dir=folder,
            )
    channel.progress(total, total, "Downloaded")
    return total


@contextmanager
def _reported(folder: Path, total: int) -> Iterator[None]:
    """Bytes on the disk, every second: true for files that are half there, and for what an earlier attempt
    left."""
    done = threading.Event()

    def report() -> None:
        while not done.wait(1):
            size = min(total, _bytes_in(folder))
            channel.progress(size, total, f"Downloaded {size / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _bytes_in(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # renamed a moment ago
            continue
    return size


def _publish(place: Workplace, folder: Path, source_commit: str) -> str:
    channel.progress(0, None, "Uploading to this hub")
    # The client's own notes below `.cache/huggingface` are left out by it.
    source, upstream = place.text("source"), place.text("upstream")
    return hub_client.upload_folder(
        folder,
        place.text("output"),
        _type(place),
        private=place.is_private,
        message=f"Pull {source}@{source_commit} from {upstream}",
    )
