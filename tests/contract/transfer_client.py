"""One upload and one download as a user's own program does them; started by tests in a process of its own.

`python transfer_client.py REPOSITORY FILE` with `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME` set.
"""

from __future__ import annotations

import hashlib
import sys

from huggingface_hub import HfApi, hf_hub_download


def digest(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123  this program stands alone
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(repository: str, path: str) -> None:
    api = HfApi()
    api.create_repo(repository, exist_ok=True)
    api.upload_file(path_or_fileobj=path, path_in_repo="weights.bin", repo_id=repository)
    fetched = hf_hub_download(repository, "weights.bin")
    print(digest(path) == digest(fetched))


if __name__ == "__main__":
    main(*sys.argv[1:])
