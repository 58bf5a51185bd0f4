"""The calls of an older client (1.x) as a program; started by tests under its own interpreter.

`python client_1.py NAMESPACE` with `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME` set. Prints `fine` at the end.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from huggingface_hub import CommitOperationDelete, HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError


def expect(error: type[Exception], call, *arguments, **options) -> None:  # type: ignore[no-untyped-def]
    try:
        call(*arguments, **options)
    except error:
        return
    raise AssertionError(f"{call.__name__} did not raise {error.__name__}")


def main(namespace: str) -> None:
    api, repo = HfApi(), f"{namespace}/older-client"
    assert api.whoami()["name"] == namespace
    api.create_repo(repo, private=True)
    api.create_repo(repo, private=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Older\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "w.bin").write_bytes(bytes(range(256)) * 4000)
    done = api.upload_folder(repo_id=repo, folder_path=folder)
    info = api.model_info(repo, files_metadata=True)
    assert info.private
    assert info.sha == done.oid
    got = Path(snapshot_download(repo))
    assert (got / "sub/w.bin").read_bytes() == (folder / "sub/w.bin").read_bytes()
    assert api.get_paths_info(repo, ["sub/w.bin"])[0].lfs.size == 256 * 4000
    api.create_commit(repo, [CommitOperationDelete("sub/")], commit_message="Delete")
    assert api.list_repo_files(repo) == [".gitattributes", "README.md"]
    api.create_branch(repo, branch="b")
    api.create_tag(repo, tag="v1")
    assert [ref.name for ref in api.list_repo_refs(repo).branches] == ["main", "b"]
    assert len(api.list_repo_commits(repo)) == 3
    expect(RevisionNotFoundError, api.model_info, repo, revision="none")
    expect(EntryNotFoundError, hf_hub_download, repo, "none.txt")
    expect(RepositoryNotFoundError, api.model_info, f"{namespace}/none")
    assert repo in [model.id for model in api.list_models(author=namespace)]
    api.update_repo_settings(repo, private=False)
    api.move_repo(repo, f"{repo}-moved")
    assert api.model_info(repo).id == f"{repo}-moved"
    api.delete_repo(f"{repo}-moved")
    print("fine")


if __name__ == "__main__":
    main(sys.argv[1])
