from __future__ import annotations

import subprocess
import time

import pytest

from models_app.repositories import attributes, ignore_rules

TEXTS = [
    "*.log\n!keep.log\n",
    "build/\n!build/keep.txt\n",
    "/top.txt\na/*.txt\n**/deep\n",
    "a/**\n!a/b.txt\n",
    "doc/**/x\n*.[oa]\n[!b]at\n",
    "# comment\n\\#odd\n\\!bang\ntrailing   \nspaced\\ \n",
    "/*\n!/a\n",
    "a*b*c\n*~\n.*\n!.gitignore\nfoo/*\n",
    "[\n!\n/\n*.pyc\r\n",
]
PATHS = [
    "x.log", "keep.log", "sub/x.log", "build/keep.txt", "a/build/x", "build", "top.txt", "a/top.txt",
    "a/b.txt",
    "a/b/c.txt", "deep", "x/deep/y", "doc/x", "doc/1/2/x", "m.o", "m.a", "m.c", "cat", "bat", "#odd", "!bang",
    "trailing", "spaced ", "a1b2c", "abc", "acb", "x~", ".hidden", ".gitignore", "foo/x", "foo/y/z", "m.pyc",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_it_decides_as_git_does(text, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git/info/exclude").write_text(text, newline="")
    command = ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "-z", "--stdin"]
    done = subprocess.run(command, input="\0".join(PATHS), capture_output=True, text=True)
    gits = {path for path in done.stdout.split("\0") if path}
    assert {path for path in PATHS if ignore_rules.parse(text).ignores(path)} == gits


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "*b", "a" * 250),
        ("**/a/" * 40 + "b", "a/" * 500 + "c"),
        ("*[a-z]?" * 30 + "!", "a" * 250),
        ("*" * 2000 + "b", "a" * 250),
    ],
)
def test_it_stays_quick_on_patterns_made_to_be_slow(pattern, path):
    start = time.perf_counter()
    assert not ignore_rules.parse(pattern).ignores(path)
    assert not attributes.parse(f"{pattern} filter=lfs").is_lfs(path)
    assert time.perf_counter() - start < 2
