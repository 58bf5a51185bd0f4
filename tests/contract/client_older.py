"""The calls of older clients (0.x, 1.x) as a program; started by tests under their own interpreters.

`python client_older.py NAMESPACE` with `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME` set. Prints `fine` at the end.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
    snapshot_download,
)
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
    discuss(api, repo)
    api.update_repo_settings(repo, private=False)
    api.move_repo(repo, f"{repo}-moved")
    assert api.model_info(repo).id == f"{repo}-moved"
    api.delete_repo(f"{repo}-moved")
    print("fine")


def discuss(api: HfApi, repo: str) -> None:
    asked = api.create_discussion(repo, title="Why", description="?")
    api.comment_discussion(repo, asked.num, comment="So that")
    api.change_discussion_status(repo, asked.num, "closed")
    texts = [
        event.content
        for event in api.get_discussion_details(repo, asked.num).events
        if event.type == "comment"
    ]
    assert texts == ["?", "So that"]
    proposed = [CommitOperationAdd("proposed.txt", b"x")]
    commit = api.create_commit(repo, proposed, commit_message="Propose", create_pr=True)
    assert Path(hf_hub_download(repo, "proposed.txt", revision=commit.pr_revision)).read_text() == "x"
    api.merge_pull_request(repo, commit.pr_num)
    assert api.file_exists(repo, "proposed.txt")
    assert sorted(each.num for each in api.get_repo_discussions(repo)) == [asked.num, commit.pr_num]


if __name__ == "__main__":
    main(sys.argv[1])
