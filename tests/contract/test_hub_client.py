"""The ecosystem's Python client against a running hub, unmodified."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    BadRequestError,
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.contract.people import Person
from tests.live import LiveHub

CARD = """---
license: mit
language: fr
pipeline_tag: translation
library_name: transformers
tags: [contract]
---
# A model of the contract
"""


@pytest.fixture
def api(live_hub: LiveHub, alice: Person) -> HfApi:
    return HfApi(endpoint=live_hub.url, token=alice.token)


@pytest.fixture
def stranger(live_hub: LiveHub, bob: Person) -> HfApi:
    return HfApi(endpoint=live_hub.url, token=bob.token)


@pytest.fixture
def nobody(live_hub: LiveHub) -> HfApi:
    return HfApi(endpoint=live_hub.url, token=False)


@pytest.fixture
def repo(api: HfApi, alice: Person) -> Iterator[str]:
    repo_id = f"{alice.name}/r{uuid.uuid4().hex[:8]}"
    api.create_repo(repo_id)
    yield repo_id
    api.delete_repo(repo_id, missing_ok=True)


def refused(status: int) -> Any:
    """Expects the client's error for one status."""
    return pytest.raises(HfHubHTTPError, match=str(status))


def test_it_says_who_i_am(api: HfApi, alice: Person, acme: str) -> None:
    me = api.whoami()
    assert (me["name"], me["type"]) == (alice.name, "user")
    assert acme in [org["name"] for org in me["orgs"]]
    assert me["auth"]["accessToken"]["role"] == "write"


def test_it_refuses_a_bad_token(live_hub: LiveHub) -> None:
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(endpoint=live_hub.url, token="hub_nonsense").whoami()


def test_it_creates_once_and_knows_exist_ok(api: HfApi, repo: str) -> None:
    with refused(409):
        api.create_repo(repo)
    assert api.create_repo(repo, exist_ok=True).repo_id == repo
    assert [c.title for c in api.list_repo_commits(repo)] == ["initial commit"]
    assert api.list_repo_files(repo) == [".gitattributes"]


def test_it_creates_in_an_organization(api: HfApi, stranger: HfApi, acme: str) -> None:
    api.create_repo(f"{acme}/data", repo_type="dataset", private=True, exist_ok=True)
    assert api.repo_info(f"{acme}/data", repo_type="dataset").private
    with pytest.raises(RepositoryNotFoundError):
        stranger.repo_info(f"{acme}/data", repo_type="dataset")
    with refused(403):
        stranger.create_repo(f"{acme}/other")


def test_it_hides_private_repositories(api: HfApi, stranger: HfApi, nobody: HfApi, repo: str) -> None:
    api.update_repo_settings(repo, private=True)
    for other in (stranger, nobody):
        with pytest.raises(RepositoryNotFoundError):
            other.model_info(repo)
        assert repo not in [m.id for m in other.list_models(search=repo)]
    assert repo in [m.id for m in api.list_models(search=repo)]


def test_it_commits_adds_and_deletes(api: HfApi, repo: str, tmp_path: Path) -> None:
    done = api.create_commit(
        repo,
        [
            CommitOperationAdd("README.md", CARD.encode()),
            CommitOperationAdd("config.json", b'{"model_type": "t5"}'),
            CommitOperationAdd("old/a.txt", b"a"),
            CommitOperationAdd("old/b.txt", b"b"),
        ],
        commit_message="First",
        commit_description="Some words",
    )
    info = api.model_info(repo, files_metadata=True)
    assert info.sha == done.oid
    assert (info.pipeline_tag, info.library_name, info.card_data.license) == (
        "translation",
        "transformers",
        "mit",
    )
    assert {"fr", "contract", "license:mit"} <= set(info.tags)
    assert {s.rfilename: s.size for s in info.siblings}["old/a.txt"] == 1
    api.create_commit(repo, [CommitOperationDelete("old/", is_folder=True)], commit_message="Second")
    assert api.list_repo_files(repo) == [".gitattributes", "README.md", "config.json"]
    assert [c.title for c in api.list_repo_commits(repo)] == ["Second", "First", "initial commit"]
    assert api.list_repo_commits(repo)[1].message == "Some words"
    path = hf_hub_download(repo, "config.json", endpoint=api.endpoint, token=api.token, cache_dir=tmp_path)
    assert Path(path).read_text() == '{"model_type": "t5"}'


def test_it_takes_a_folder_and_gives_it_back(api: HfApi, repo: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "sub/é b#%.txt").write_text("b")
    (source / "w.bin").write_bytes(bytes(range(256)) * 2000)
    api.upload_folder(repo_id=repo, folder_path=source, commit_message="Folder")
    (source / "sub/é b#%.txt").unlink()
    (source / "c.txt").write_text("c")
    api.upload_folder(repo_id=repo, folder_path=source, delete_patterns=["sub/*"], commit_message="Again")
    got = Path(snapshot_download(repo, endpoint=api.endpoint, token=api.token, cache_dir=tmp_path / "cache"))
    files = sorted(str(p.relative_to(got)) for p in got.rglob("*") if p.is_file())
    assert files == [".gitattributes", "a.txt", "c.txt", "w.bin"]
    assert (got / "w.bin").read_bytes() == (source / "w.bin").read_bytes()


def test_it_keeps_branches_and_tags(api: HfApi, repo: str) -> None:
    api.create_branch(repo, branch="feature/x")
    with refused(409):
        api.create_branch(repo, branch="feature/x")
    api.upload_file(path_or_fileobj=b"1", path_in_repo="d/only.txt", repo_id=repo, revision="feature/x")
    assert [e.path for e in api.list_repo_tree(repo, "d", revision="feature/x")] == ["d/only.txt"]
    assert "d/only.txt" not in api.list_repo_files(repo)
    api.create_tag(repo, tag="v1", revision="feature/x", tag_message="one")
    refs = api.list_repo_refs(repo)
    assert {b.name for b in refs.branches} == {"main", "feature/x"}
    assert refs.tags[0].target_commit == api.repo_info(repo, revision="v1").sha
    short = refs.tags[0].target_commit[:7]
    assert api.repo_info(repo, revision=short).sha == refs.tags[0].target_commit
    api.delete_tag(repo, tag="v1")
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag(repo, tag="v1")
    api.delete_branch(repo, branch="feature/x")
    with pytest.raises(RevisionNotFoundError):
        api.delete_branch(repo, branch="feature/x")
    with pytest.raises(HfHubHTTPError, match="Cannot delete refs/heads/main"):
        api.delete_branch(repo, branch="main")


def test_it_refuses_a_commit_on_a_parent_that_is_not_the_tip(api: HfApi, repo: str) -> None:
    parent = api.repo_info(repo).sha
    api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=repo)
    with pytest.raises(HfHubHTTPError, match="The branch was updated since you opened this page"):
        api.upload_file(path_or_fileobj=b"2", path_in_repo="a.txt", repo_id=repo, parent_commit=parent)


def test_it_raises_the_classes_that_programs_catch(api: HfApi, repo: str) -> None:
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("nobody-here/nothing")
    with pytest.raises(RevisionNotFoundError):
        api.model_info(repo, revision="none")
    with pytest.raises(EntryNotFoundError):
        list(api.list_repo_tree(repo, "none"))
    with pytest.raises(EntryNotFoundError):
        hf_hub_download(repo, "none.txt", endpoint=api.endpoint, token=api.token)
    with pytest.raises(BadRequestError, match="expected one of"):
        api.model_info(repo, expand=["nonsense"])
    with pytest.raises(ValueError, match=r"Invalid metadata in README\.md"):
        api.upload_file(path_or_fileobj=b"---\na: [\n---\n", path_in_repo="README.md", repo_id=repo)
    with pytest.raises(HfHubHTTPError, match="A file with this name doesn't exist"):
        api.delete_file("none.txt", repo)
    with refused(422):
        api.create_commit(repo, [CommitOperationAdd(r"..\ddd", b"x")], commit_message="m")
    with pytest.raises(HfHubHTTPError, match="no user or organization called nobody-here"):
        api.create_repo("nobody-here/x")


def test_it_moves_and_leads_from_the_old_name(api: HfApi, repo: str) -> None:
    other = f"{repo}-new"
    api.move_repo(repo, other)
    assert api.model_info(repo).id == other
    api.create_repo(repo)
    with pytest.raises(HfHubHTTPError, match=f"A model repository called {repo} already exists"):
        api.move_repo(other, repo)
    api.delete_repo(other)


def test_it_lists_with_filters_orders_and_limits(api: HfApi, alice: Person, acme: str) -> None:
    names = [f"{acme}/listed-{n}" for n in "abc"]
    for n, name in enumerate(names):
        api.create_repo(name, exist_ok=True)
        card = CARD if n else CARD.replace("translation", "summarization")
        api.upload_file(path_or_fileobj=card.encode(), path_in_repo="README.md", repo_id=name)
    found = [m.id for m in api.list_models(author=acme, search="listed", sort="created_at")]
    assert found == names[::-1]
    assert [m.id for m in api.list_models(author=acme, sort="last_modified", limit=2)] == names[:0:-1]
    assert [m.id for m in api.list_models(author=acme, filter=["contract", "summarization"])] == names[:1]
    assert {m.id for m in api.list_models(author=acme, pipeline_tag="translation")} == set(names[1:])
    full = next(iter(api.list_models(author=acme, full=True, cardData=True, limit=1)))
    assert full.siblings
    assert full.card_data.license == "mit"
    assert list(api.list_spaces()) == []
    assert api.get_model_tags()["license"]


def test_it_knows_paths_and_their_last_commits(api: HfApi, repo: str) -> None:
    api.upload_file(path_or_fileobj=b"1", path_in_repo="a/b.txt", repo_id=repo, commit_message="Adds b")
    folder, file = api.get_paths_info(repo, ["a", "a/b.txt", "none"], expand=True)
    assert (folder.path, file.path, file.size) == ("a", "a/b.txt", 1)
    assert file.last_commit.title == "Adds b"
    tree = list(api.list_repo_tree(repo, recursive=True, expand=True))
    assert [entry.path for entry in tree] == [".gitattributes", "a", "a/b.txt"]
    assert api.file_exists(repo, "a/b.txt")
    assert not api.file_exists(repo, "a/c.txt")
    assert api.revision_exists(repo, "main")
    assert not api.revision_exists(repo, "none")
    assert api.repo_exists(repo)


def test_it_pages_long_trees_and_histories(api: HfApi, repo: str) -> None:
    api.create_commit(
        repo, [CommitOperationAdd(f"f/{n:04}.txt", b"x") for n in range(1200)], commit_message="Many"
    )
    assert len(list(api.list_repo_tree(repo, "f"))) == 1200
    assert len(list(api.list_repo_tree(repo, "f", expand=True))) == 1200


def test_it_keeps_ignored_files_out(api: HfApi, repo: str, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "a.log").write_text("a")
    (tmp_path / "a.txt").write_text("a")
    api.upload_folder(repo_id=repo, folder_path=tmp_path)
    assert api.list_repo_files(repo) == [".gitattributes", ".gitignore", "a.txt"]


def test_it_talks_about_repositories(api: HfApi, stranger: HfApi, repo: str) -> None:
    opened = stranger.create_discussion(repo, title="A question", description="Why?")
    stranger.comment_discussion(repo, opened.num, "Anybody?")
    closed = api.change_discussion_status(repo, opened.num, "closed", comment="Because.")
    assert closed.new_status == "closed"
    details = api.get_discussion_details(repo, opened.num)
    assert [e.type for e in details.events] == ["comment", "comment", "comment", "status-change"]
    assert details == api.get_discussion_details(repo, opened.num)
    assert [d.num for d in api.get_repo_discussions(repo, discussion_status="closed")] == [opened.num]


def test_it_proposes_and_merges_a_change(api: HfApi, stranger: HfApi, repo: str) -> None:
    proposal = [CommitOperationAdd("proposed.txt", b"better\n")]
    made = stranger.create_commit(repo, proposal, commit_message="Better", create_pr=True)
    assert made.pr_num is not None
    assert "proposed.txt" not in api.list_repo_files(repo)
    assert "proposed.txt" in api.list_repo_files(repo, revision=f"refs/pr/{made.pr_num}")
    api.merge_pull_request(repo, made.pr_num)
    assert api.get_discussion_details(repo, made.pr_num).status == "merged"
    assert "proposed.txt" in api.list_repo_files(repo)


def test_it_counts_likes(api: HfApi, alice: Person, repo: str, live_hub: LiveHub) -> None:
    import urllib.request

    request = urllib.request.Request(
        f"{live_hub.url}/api/models/{repo}/like",
        method="POST",
        headers={"Authorization": f"Bearer {alice.token}"},
    )
    urllib.request.urlopen(request).close()
    assert api.model_info(repo).likes == 1
    assert repo in api.list_liked_repos(alice.name).models
    assert [u.username for u in api.list_repo_likers(repo)] == [alice.name]
    api.unlike(repo)
    assert api.model_info(repo).likes == 0


def test_it_shows_people_and_organizations(nobody: HfApi, alice: Person, acme: str) -> None:
    assert nobody.get_user_overview(alice.name).orgs[0].name == acme
    assert nobody.get_organization_overview(acme).num_users == 1
    assert [m.username for m in nobody.list_organization_members(acme)] == [alice.name]
