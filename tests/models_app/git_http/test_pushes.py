"""What a push may bring, and what the person who pushes is told; by the real git."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.contract.people import make_person
from tests.models_app.git_http.real_git import ENV, address, commit, git

BAD_CARD = b"---\npipeline_tag: [a]\n---\n"


@pytest.fixture
def refused(repository, clone, stored):
    """Pushes in vain and returns what git said; nothing of the repository has changed then."""

    def state() -> tuple[set[str], str]:
        path = stored(repository)
        files = {str(file.relative_to(path)) for file in path.rglob("*") if file.name != "hub.lock"}
        return files, git("for-each-ref", cwd=path)

    def refused(*arguments: str) -> str:
        before = state()
        complaint = git("push", *arguments, cwd=clone, fails=True)
        assert state() == before
        return complaint

    return refused


def test_it_takes_a_push_and_indexes_it(live_hub, api, repository, clone):
    commit(clone, "A card", README__md=b"---\nlicense: mit\n---\n# Pushed\n", big=os.urandom(3_000_000))
    git("push", "-q", cwd=clone)
    git("push", "-q", "origin", "HEAD:refs/heads/dev", cwd=clone)
    info = api.model_info(repository)
    assert info.sha == git("rev-parse", "HEAD", cwd=clone).strip()
    assert info.card_data.license == "mit"
    assert {ref.name for ref in api.list_repo_refs(repository).branches} == {"main", "dev"}
    assert "No errors" in live_hub.manage("fsck", "--full")


def test_it_refuses_to_push_without_the_right(live_hub, gina, repository, clone, refused):
    commit(clone, "Mine", a=b"1")
    assert "could not read Username" in refused(f"{live_hub.url}/{repository}", "HEAD:main")
    tom = make_person(live_hub, "tom")
    assert re.search("403|do not have the right", refused(address(live_hub, tom, repository), "HEAD:main"))


def test_files_over_the_limit_belong_into_lfs(clone, refused):
    commit(clone, "Too big", big__xyz=os.urandom(10_500_000))
    complaint = refused()
    assert (
        "remote: big.xyz has 10500000 bytes; files over 10000000 bytes must be stored with git-lfs"
        in complaint
    )
    assert 'git lfs migrate import --everything --include="big.xyz"' in complaint


def test_pointers_need_their_large_file(api, repository, clone, refused):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n"
    commit(clone, "Pointer", w__bin=pointer.encode())
    complaint = refused()
    assert "w.bin was not uploaded" in complaint
    assert "git lfs push --all" in complaint


def test_pointers_say_how_large_the_file_is(api, repository, clone, refused):
    api.upload_file(path_or_fileobj=os.urandom(600), path_in_repo="w.bin", repo_id=repository)
    git("pull", "-q", cwd=clone)
    honest = (clone / "w.bin").read_bytes()
    assert b"size 600" in honest
    commit(clone, "Wrong", w__bin=honest.replace(b"size 600", b"size 9"))
    assert "says 9 bytes, but its large file has 600" in refused()


def test_a_bad_card_is_refused_wherever_it_comes_to_stand(clone, refused):
    commit(clone, "Card", README__md=BAD_CARD)
    assert 'Invalid metadata in README.md: "pipeline_tag" must be' in refused()
    assert "amend the commit" in refused("origin", "HEAD:refs/heads/dev")
    commit(clone, "Better", README__md=b"---\nlicense: mit\n---\n")
    git("push", "-q", cwd=clone)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a\\..\\..\\b", "out of the folder on Windows"),
        ("a\nb", "control characters"),
        ("a\x7fb", "control characters"),
        ("x/" + "y" * 256, "at most 255 bytes"),
        ("/".join(["d" * 100] * 11), "1 to 1024 bytes"),
        ("caf\udce9", "not valid Unicode"),
    ],
)
def test_paths_keep_the_rule_of_all_commits(clone, refused, path, reason):
    push_path(clone, os.fsencode(path))
    assert reason in refused()


@pytest.mark.parametrize("path", [".git/config", "a/.GIT/x", "../x", "a/./b", "git~1/x"])
def test_paths_that_escape_are_refused(clone, refused, path):
    """By git's own check of the objects, before the hub's."""
    push_path(clone, path.encode())
    assert re.search("remote: (error|fatal|The path)|index-pack|unpack", refused())


def test_a_new_name_for_an_old_file_is_checked_too(clone, refused):
    git("mv", ".gitattributes", "..\\b", cwd=clone)
    git("commit", "-q", "-m", "Rename", cwd=clone)
    assert "out of the folder" in refused()
    git("mv", "..\\b", ".gitattributes", cwd=clone)
    git("commit", "-q", "-m", "Back", cwd=clone)
    assert "out of the folder" in refused(), "a commit of the history holds it"


def push_path(clone: Path, path: bytes) -> None:
    """A commit of one file under any name, made without a work tree, which would refuse some."""
    blob = run("hash-object", "-w", "--stdin", stdin=b"x", cwd=clone).strip()
    *folders, name = path.split(b"/")
    entry = b"100644 blob " + blob + b"\t" + name + b"\0"
    for folder in [*reversed(folders), b""]:
        tree = run("mktree", "-z", stdin=entry, cwd=clone).strip()
        entry = b"040000 tree " + tree + b"\t" + folder + b"\0"
    made = run("commit-tree", tree.decode(), "-p", "HEAD", "-m", "Odd", cwd=clone).strip().decode()
    git("update-ref", "refs/heads/main", made, cwd=clone)


def run(*arguments: str, cwd: Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=cwd, env=ENV, input=stdin, capture_output=True, check=True
    ).stdout


@pytest.mark.parametrize("ref", ["refs/convert/x", "refs/hub/x", "refs/notes/x", "refs/pr/7"])
def test_only_branches_tags_and_pull_requests_can_be_pushed(refused, ref):
    assert re.search("only branches, tags|no open pull request|hidden ref", refused("origin", f"HEAD:{ref}"))


@pytest.mark.parametrize("name", ["a" * 201, "0123456789" * 4])
def test_references_keep_the_rule_of_names(refused, name):
    assert "the name is too long, or looks like a commit id" in refused("origin", f"HEAD:refs/heads/{name}")


def test_references_lead_to_commits(clone, refused):
    git("tag", "blob", "HEAD:.gitattributes", cwd=clone)
    assert "leads to no commit" in refused("origin", "blob")
    git("tag", "-a", "-m", "Fine", "fine", cwd=clone)
    git("push", "-q", "origin", "fine", cwd=clone)


# --- Protected branches ---------------------------------------------------------------------------


@pytest.fixture
def rewritten(clone):
    """A clone whose `main` has another history than the hub's."""
    git("checkout", "-q", "--orphan", "fresh", cwd=clone)
    commit(clone, "Fresh start", only=b"1")
    return clone


def protect(hub, person, repository: str, *patterns: str) -> None:
    request = urllib.request.Request(
        f"{hub.url}/api/models/{repository}/settings",
        json.dumps({"protectedBranches": patterns}).encode(),
        {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["protectedBranches"] == list(patterns)


def test_the_default_branch_keeps_its_history(refused, rewritten):
    complaint = refused("--force", "origin", "fresh:main")
    assert "refs/heads/main is protected: this push would drop commits" in complaint
    assert "An administrator can lift the protection" in complaint
    assert "Cannot delete refs/heads/main" in refused("origin", ":main")


def test_one_bad_reference_refuses_the_whole_push(refused, rewritten):
    assert "protected" in refused("--force", "origin", "fresh:refs/heads/good", "fresh:main")


def test_an_administrator_lifts_and_widens_the_protection(
    live_hub, api, gina, repository, refused, rewritten
):
    protect(live_hub, gina, repository, "release/*")
    git("push", "-q", "--force", "origin", "fresh:main", "fresh:release/1", cwd=rewritten)
    assert api.model_info(repository).sha == git("rev-parse", "fresh", cwd=rewritten).strip()
    assert [found.title for found in api.list_repo_commits(repository)] == ["Fresh start"]
    assert "Cannot delete refs/heads/main" in refused("origin", ":main")
    assert "Cannot delete refs/heads/release/1" in refused("origin", ":release/1")
    git("commit", "-q", "--amend", "-m", "Again", cwd=rewritten)
    assert "refs/heads/release/1 is protected" in refused("--force", "origin", "fresh:release/1")
    assert "No errors" in live_hub.manage("fsck")
