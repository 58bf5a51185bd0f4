"""Pull requests by the real git."""

from __future__ import annotations

import pytest

from tests.contract.people import make_person, unique
from tests.models_app.git_http.real_git import address, commit, git


@pytest.fixture(scope="module")
def people(live_hub):
    return make_person(live_hub, "pia"), make_person(live_hub, "quinn")


@pytest.fixture
def repository(live_hub, people):
    name = f"{people[0].name}/{unique('r')}"
    live_hub.manage("create_repository", name, "--as", people[0].name)
    return name


def open_pull_request(hub, person, name):
    from huggingface_hub import HfApi

    return HfApi(endpoint=hub.url, token=person.token).create_pull_request(name, title="Soon")


def test_the_author_fetches_and_pushes_a_pull_request(live_hub, people, repository, tmp_path) -> None:
    owner, author = people
    clone = tmp_path / "c"
    git("clone", "-q", address(live_hub, author, repository), str(clone))
    commit(clone, "Mine", a=b"a")
    refused = git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=clone, fails=True)
    assert "403" in refused
    pull = open_pull_request(live_hub, author, repository)
    git("push", "-q", "origin", "HEAD:refs/pr/1", cwd=clone)
    refused = git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=clone, fails=True)
    assert "You may not push to refs/heads/main" in refused
    assert "no open pull request" in git("push", "-q", "origin", "HEAD:refs/pr/2", cwd=clone, fails=True)

    from huggingface_hub import HfApi

    api = HfApi(endpoint=live_hub.url, token=owner.token)
    details = api.get_discussion_details(repository, pull.num)
    assert [event.summary for event in details.events if event.type == "commit"] == ["Mine"]
    other = tmp_path / "other"
    git("clone", "-q", address(live_hub, owner, repository), str(other))
    assert not (other / "a").exists()
    git("fetch", "-q", "origin", "refs/pr/1:pr", cwd=other)
    git("checkout", "-q", "pr", cwd=other)
    commit(other, "Yours", b=b"b")
    git("push", "-q", "origin", "HEAD:refs/pr/1", cwd=other)
    api.change_discussion_status(repository, pull.num, "open")
    api.merge_pull_request(repository, pull.num)
    git("fetch", "-q", cwd=clone)
    assert "Soon (#1)" in git("log", "--format=%s", "origin/main", cwd=clone)
    commit(other, "Late", c=b"c")
    assert "no open pull request" in git("push", "-q", "origin", "HEAD:refs/pr/1", cwd=other, fails=True)
