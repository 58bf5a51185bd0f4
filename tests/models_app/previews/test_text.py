from __future__ import annotations

import pytest

from models_app.previews import text
from models_app.previews.kinds import FileKind, kind_of


def test_it_marks_syntax_line_by_line() -> None:
    shown = text.highlight("train.py", 'x = """a\nb"""\nprint(x)\n')
    assert shown.language == "Python"
    assert len(shown.lines) == 3
    assert all(line.count("<span") == line.count("</span>") for line in shown.lines)


def test_it_escapes_what_it_shows() -> None:
    for name in ("a.html", "a.unknown", "a.json"):
        shown = "".join(text.highlight(name, "<script>alert(1)</script>").lines)
        assert "<script" not in shown
        assert "&lt;" in shown


def test_it_keeps_empty_lines_and_empty_files() -> None:
    assert len(text.highlight("a.txt", "\n\nx\n\n").lines) == 4
    assert text.highlight("a.txt", "").lines == []


def test_it_cuts_endless_lines() -> None:
    assert len(text.highlight("a.json", "9" * 1_000_000).lines[0]) < text.MAX_LINE_CHARACTERS + 100


def test_it_tells_text_from_bytes() -> None:
    assert text.decode("héllo".encode(), complete=True) == "héllo"
    assert text.decode(b"\xef\xbb\xbfx", complete=True) == "x"
    assert text.decode(b"a\x00b", complete=True) is None
    assert text.decode(b"\xff\xfe\xfa", complete=True) is None
    assert text.decode("aé".encode()[:-1], complete=False) == "a"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("README.md", FileKind.MARKDOWN),
        ("LICENSE", FileKind.TEXT),
        (".gitattributes", FileKind.TEXT),
        ("a/b.PNG", FileKind.IMAGE),
        ("pytorch_model.bin", FileKind.PICKLE),
        ("data/train-00000.parquet", FileKind.PARQUET),
        ("archive.tar.gz", FileKind.OTHER),
    ],
)
def test_it_knows_kinds_by_name(path: str, kind: FileKind) -> None:
    assert kind_of(path) == kind
