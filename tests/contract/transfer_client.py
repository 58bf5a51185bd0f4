"""One upload and one download as a user's own program does them; started by tests in a process of its own.

`python transfer_client.py REPOSITORY FILE` with `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME` set. Prints
whether the bytes came back the same, and the seconds that each way took.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time

from huggingface_hub import HfApi, hf_hub_download


def digest(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123  this program stands alone
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(repository: str, path: str) -> None:
    api = HfApi()
    api.create_repo(repository, exist_ok=True)
    start = time.monotonic()
    api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repository)
    uploaded = time.monotonic()
    fetched = hf_hub_download(repository, "weights.bin")
    downloaded = time.monotonic()
    report = {
        "same": digest(path) == digest(fetched),
        "upload_seconds": uploaded - start,
        "download_seconds": downloaded - uploaded,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
