"""Driven by the real git against the real server."""

import os
import re
import subprocess

import pytest

ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "PATH": os.environ["PATH"],
    **{f"GIT_{who}_{what}": "Gina" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(*arguments, cwd=None, fails=False):
    done = subprocess.run(["git", *arguments], cwd=cwd, env=ENV, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


@pytest.fixture(scope="module")
def hub(live_hub):
    """The server's address with a writer's token in it, and two repositories of hers."""
    live_hub.manage("create_user", "gina", "--password", "a long password")
    token = live_hub.manage("create_token", "gina", "--scope", "write").splitlines()[-1]
    live_hub.manage("create_repository", "gina/open", "--as", "gina")
    live_hub.manage("create_repository", "gina/hidden", "--as", "gina", "--private", "--type", "dataset")
    return live_hub, live_hub.url.replace("://", f"://gina:{token}@")


@pytest.fixture
def clone(hub, tmp_path):
    git("clone", "-q", f"{hub[1]}/gina/open.git", str(tmp_path / "c"))
    return tmp_path / "c"


def commit(clone, message="Change", **files):
    for name, content in files.items():
        (clone / name.replace("__", ".")).write_bytes(content)
    git("add", "-A", cwd=clone)
    git("commit", "-q", "-m", message, cwd=clone)


@pytest.mark.parametrize("name", ["open", "open.git", "OPEN"])
def test_it_lets_anyone_clone_what_is_public(hub, tmp_path, name):
    git("clone", "-q", f"{hub[0].url}/gina/{name}", str(tmp_path / "c"))
    assert (tmp_path / "c" / ".gitattributes").read_text().startswith("*.7z filter=lfs")


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_it_speaks_every_version_of_the_protocol(hub, tmp_path, version):
    git("-c", f"protocol.version={version}", "clone", "-q", f"{hub[0].url}/gina/open", str(tmp_path / "c"))


def test_it_clones_without_contents_when_asked(hub, tmp_path):
    git("clone", "-q", "--filter=blob:none", "--depth=1", f"{hub[0].url}/gina/open", str(tmp_path / "c"))


def test_it_hides_private_repositories(hub, tmp_path):
    error = git("clone", f"{hub[0].url}/datasets/gina/hidden", str(tmp_path / "a"), fails=True)
    assert "could not read Username" in error
    missing = git("clone", f"{hub[0].url}/datasets/gina/missing", str(tmp_path / "b"), fails=True)
    assert "could not read Username" in missing
    git("clone", "-q", f"{hub[1]}/datasets/gina/hidden.git", str(tmp_path / "c"))
    wrong = hub[0].url.replace("://", "://gina:hf_wrong@")
    assert "Authentication failed" in git(
        "clone", f"{wrong}/datasets/gina/hidden", str(tmp_path / "d"), fails=True
    )


def test_it_takes_a_push_and_indexes_it(hub, clone):
    commit(clone, "A card", README__md=b"---\nlicense: mit\n---\n# Pushed\n", big=os.urandom(3_000_000))
    git("push", "-q", cwd=clone)
    git("push", "-q", "origin", "HEAD:refs/heads/dev", cwd=clone)
    assert "No errors" in hub[0].manage("fsck", "--full")
    assert "A card" in git("log", "origin/main", "-1", "--format=%s", cwd=clone)


def test_it_refuses_to_push_without_the_right(hub, clone):
    commit(clone, "Mine", a=b"1")
    error = git("push", f"{hub[0].url}/gina/open", "HEAD:main", cwd=clone, fails=True)
    assert "could not read Username" in error
    hub[0].manage("create_user", "tom", "--password", "a long password")
    token = hub[0].manage("create_token", "tom", "--scope", "write").splitlines()[-1]
    foreign = hub[0].url.replace("://", f"://tom:{token}@")
    assert re.search(
        "403|do not have the right", git("push", f"{foreign}/gina/open", "HEAD:main", cwd=clone, fails=True)
    )


def test_it_refuses_files_that_belong_into_lfs(hub, clone):
    commit(clone, "Too big", big__xyz=os.urandom(10_500_000))
    assert "must be stored with git-lfs" in git("push", cwd=clone, fails=True)


def test_it_refuses_pointers_to_files_that_were_not_uploaded(hub, clone):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n"
    commit(clone, "Pointer", w__bin=pointer.encode())
    assert "was not uploaded" in git("-c", "filter.lfs.required=false", "push", cwd=clone, fails=True)


def test_it_refuses_references_that_are_not_branches_or_tags(hub, clone):
    assert "only branches, tags" in git("push", "origin", "HEAD:refs/convert/x", cwd=clone, fails=True)
    assert "Cannot delete refs/heads/main" in git("push", "origin", ":main", cwd=clone, fails=True)


def test_it_rebuilds_the_index_after_a_rewritten_history(hub, clone):
    git("checkout", "-q", "--orphan", "fresh", cwd=clone)
    commit(clone, "Fresh start", only=b"1")
    git("push", "-q", "--force", "origin", "fresh:main", cwd=clone)
    assert "No errors" in hub[0].manage("fsck")
