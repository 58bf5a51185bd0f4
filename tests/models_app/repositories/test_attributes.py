import subprocess

import pytest

from models_app.repositories.attributes import cover, escape, parse
from models_app.repositories.default_attributes import default_gitattributes
from models_app.repositories.models import RepositoryType

DEFAULT = default_gitattributes(RepositoryType.MODEL)
TEXTS = [
    DEFAULT,
    "*.bin filter=lfs\nsmall.bin -filter\n",
    "*.bin filter=lfs\n/a/*.bin !filter\n",
    "data/** filter=lfs\n**/deep/x filter=lfs\na/**/z filter=lfs\n",
    "[ab]*.t?t filter=lfs\nspaced[[:space:]]name filter=lfs\n# comment\n",
    '"quoted name" filter=lfs\n',
    "/top.bin filter=lfs\n\\#odd filter=lfs\n*.TXT text\n",
]
PATHS = [
    "model.bin", "small.bin", "a/small.bin", "a/b/model.bin", "x.safetensors", "saved_model/a/b",
    "saved_model/x",
    "events.out.tfevents.1", "data/x", "data/a/b", "x/deep/x", "deep/x", "a/z", "a/1/2/z", "a.txt", "b1.tut",
    "spaced name", "quoted name", "top.bin", "a/top.bin", "#odd", "README.md", "a.tar.gz", "lfs.x.lfs.y",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_it_decides_as_git_does(text, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitattributes").write_text(text)
    command = ["git", "-C", str(tmp_path), "check-attr", "-z", "filter", "--", *PATHS]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    gits = {path for path, value in zip(answer[::3], answer[2::3], strict=False) if value == "lfs"}
    assert {path for path in PATHS if parse(text).is_lfs(path)} == gits


@pytest.mark.parametrize("path", ["odd [name]*.q", "#x", "!y", "a b/c d", "ü/é", "back", "deep/er/file"])
def test_it_covers_exactly_the_path(path, tmp_path):
    text = cover("", [path])
    assert parse(text).is_lfs(path)
    assert not parse(text).is_lfs(path + "x")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitattributes").write_text(text)
    command = ["git", "-C", str(tmp_path), "check-attr", "-z", "filter", "--", path]
    assert "\0lfs\0" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_adds_nothing_for_covered_paths():
    assert cover(DEFAULT, ["a/w.bin", "x.safetensors"]) == DEFAULT


def test_it_uses_one_pattern_for_many_files_of_a_kind():
    assert cover("", [f"{n}.xyz" for n in range(50)]) == "*.xyz filter=lfs diff=lfs merge=lfs -text\n"


def test_it_begins_on_a_line_of_its_own():
    assert cover("*.md text", ["x.q"]).splitlines()[1].startswith(escape("x.q"))
