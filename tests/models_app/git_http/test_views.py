"""Clone and fetch, by the real git from the real server."""

from __future__ import annotations

import os

import pytest

from tests.contract.people import unique
from tests.models_app.git_http.real_git import address, commit, git


@pytest.mark.parametrize("change", [str, "{}.git".format, str.upper])
def test_it_lets_anyone_clone_what_is_public(live_hub, repository, tmp_path, change):
    git("clone", "-q", f"{live_hub.url}/{change(repository)}", str(tmp_path / "c"))
    assert (tmp_path / "c" / ".gitattributes").read_text().startswith("*.7z filter=lfs")


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_it_speaks_every_version_of_the_protocol(live_hub, repository, tmp_path, version):
    option = f"protocol.version={version}"
    trace = git(
        "-c", option, "clone", f"{live_hub.url}/{repository}", str(tmp_path / "c"), trace=True
    ).lower()
    assert ("git-protocol: version=2" in trace) == (version == "2")


def test_it_hides_private_repositories(live_hub, api, gina, tmp_path):
    name = api.create_repo(f"{gina.name}/{unique('h')}", private=True, repo_type="dataset").repo_id
    error = git("clone", f"{live_hub.url}/datasets/{name}", str(tmp_path / "a"), fails=True)
    assert "could not read Username" in error
    missing = git("clone", f"{live_hub.url}/datasets/{name}x", str(tmp_path / "b"), fails=True)
    assert "could not read Username" in missing
    git("clone", "-q", address(live_hub, gina, f"datasets/{name}"), str(tmp_path / "c"))
    wrong = live_hub.url.replace("://", "://gina:hf_wrong@")
    refused = git("clone", f"{wrong}/datasets/{name}", str(tmp_path / "d"), fails=True)
    assert "Authentication failed" in refused


def test_an_old_name_leads_to_the_new_one(live_hub, api, gina, repository, clone, tmp_path):
    new = f"{gina.name}/{unique('moved')}"
    api.move_repo(repository, new)
    git("clone", "-q", f"{live_hub.url}/{repository}.git", str(tmp_path / "c"))
    commit(clone, "After the move", a=b"a")
    git("push", "-q", cwd=clone)
    assert api.list_repo_commits(new)[0].title == "After the move"


@pytest.fixture
def history(clone):
    """Three commits, two of them with a file that the next one replaces."""
    for content in (b"one", b"two", b"three"):
        commit(clone, content.decode(), text=content)
    git("push", "-q", cwd=clone)
    return clone


def test_a_shallow_clone_deepens_and_pushes(live_hub, gina, repository, history, tmp_path):
    shallow = tmp_path / "shallow"
    git("clone", "-q", "--depth=1", address(live_hub, gina, repository), str(shallow))
    assert git("rev-list", "--count", "HEAD", cwd=shallow).strip() == "1"
    commit(shallow, "from a shallow clone", more=b"more")
    git("push", "-q", cwd=shallow)
    git("fetch", "-q", "--deepen=1", cwd=shallow)
    assert git("rev-list", "--count", "HEAD", cwd=shallow).strip() == "3"
    git("fetch", "-q", "--unshallow", cwd=shallow)
    assert git("rev-list", "--count", "HEAD", cwd=shallow).strip() == "5"


def test_a_partial_clone_fetches_contents_when_it_needs_them(live_hub, gina, repository, history, tmp_path):
    partial = tmp_path / "partial"
    whole = address(live_hub, gina, repository)
    git("clone", "-q", "--filter=blob:none", "--no-checkout", whole, str(partial))
    missing = git("rev-list", "--objects", "--all", "--missing=print", cwd=partial)
    assert missing.count("?") == 4  # .gitattributes and three versions of the text
    assert git("show", "HEAD~1:text", cwd=partial) == "two"
    git("checkout", "-q", "main", cwd=partial)
    commit(partial, "from a partial clone", text=b"four")
    git("push", "-q", cwd=partial)
    git("pull", "-q", cwd=history)
    assert (history / "text").read_bytes() == b"four"


def test_it_unpacks_what_git_packs(live_hub, repository, clone, tmp_path):
    """Questions over a kilobyte come as gzip, pushes over the buffer in chunks without a length."""
    for number in range(40):
        commit(clone, str(number), text=str(number).encode())
        git("branch", f"b{number}", cwd=clone)
    commit(clone, "Large", noise=os.urandom(300_000))
    pushed = git("-c", "http.postBuffer=65536", "push", "--all", "origin", cwd=clone, trace=True).lower()
    assert "transfer-encoding: chunked" in pushed
    fetched = git(
        "clone", "--no-single-branch", f"{live_hub.url}/{repository}", str(tmp_path / "c"), trace=True
    )
    assert "content-encoding: gzip" in fetched.lower()
    assert git("rev-parse", "HEAD", cwd=clone) == git("rev-parse", "HEAD", cwd=tmp_path / "c")
