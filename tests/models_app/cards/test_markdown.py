from __future__ import annotations

import re
import time

import pytest

from models_app.cards.markdown import MAX_CHARACTERS, render

BASE = "/acme/model/blob/main/"
RAW = "/acme/model/resolve/main/"


def html(text: str) -> str:
    return render(text, BASE, RAW)


ATTACKS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg onload=alert(1)><circle/></svg>",
    '<svg><script href="data:,alert(1)"/></svg>',
    "<iframe src='javascript:alert(1)'></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java\tscript:alert(1))",
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    '![x"onerror="alert(1)](http://other.example/a.png)',
    '![a](http://other.example/"onerror="alert(1))',
    "<style>body{background:url(javascript:alert(1))}</style>",
    '<div style="position:fixed;inset:0">over everything</div>',
    '<td style="background:url(http://other.example/x)">x</td>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action=/settings/tokens method=post><button>win</button></form>",
    "<input type=password name=password autofocus onfocus=alert(1)>",
    '<meta http-equiv="refresh" content="0;url=http://other.example">',
    "<base href='http://other.example/'>",
    "<object data=x></object><embed src=x>",
    '<a href="http://x" onclick="alert(1)" target="_top">x</a>',
    "```html\n<script>alert(1)</script>\n```",
    '```python"onload="alert(1)\n<script>alert(1)</script>\n```',
    "`<script>alert(1)</script>`",
    "<div class='toolbar dialog'>looks like ours</div>",
    "<div hx-get='/x' hx-trigger='load' data-copy='x'>htmx</div>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_renders_no_attack(attack: str) -> None:
    shown = html(attack)
    assert not re.search(
        r"<(script|style|svg|math|iframe|form|button|object|embed|meta|base|link)\b", shown, re.IGNORECASE
    )
    inside_tags = " ".join(re.findall(r"<[a-z][^<>]*>", shown, re.IGNORECASE))
    without_values = re.sub(r'="[^"]*"', "", inside_tags)
    assert not re.search(r"\son\w+|\shx-|\sdata-", without_values, re.IGNORECASE)
    assert not re.search(r'(href|src)="\s*(javascript|vbscript|data:text)', shown, re.IGNORECASE)
    assert "position" not in shown
    assert "toolbar" not in shown
    assert 'type="password"' not in shown


def test_it_renders_tables_task_lists_strikethrough_and_footnotes() -> None:
    shown = html("| a | b |\n|--|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n~~no~~ yes[^1]\n\n[^1]: Why.\n")
    assert "<table" in shown
    assert "text-align:right" in shown.replace(" ", "")
    assert shown.count('type="checkbox"') == 2
    assert "<s>no</s>" in shown
    assert 'href="#md-fn1"' in shown
    assert 'id="md-fn1"' in shown


def test_it_gives_headings_ids_that_links_reach() -> None:
    shown = html("[go](#how-to-use)\n\n## How to use\n\n## How to use\n")
    assert 'href="#md-how-to-use"' in shown
    assert '<h2 id="md-how-to-use">' in shown
    assert '<h2 id="md-how-to-use-1">' in shown


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[c](config.json)", f'href="{BASE}config.json"'),
        ("[c](docs/a%20b.md#x)", f'href="{BASE}docs/a%20b.md#x"'),
        ("[c](./docs/../x.md)", f'href="{BASE}x.md"'),
        ("[c](/acme/other)", 'href="/acme/other"'),
        ("[c](https://example.org/x)", 'href="https://example.org/x"'),
        ("![c](img/a.png)", f'src="{RAW}img/a.png"'),
        ('<img src="a.png" width="40">', f'src="{RAW}a.png"'),
        ("![c](data:image/png;base64,iVBORw0KGgo=)", 'src="data:image/png;base64,iVBORw0KGgo="'),
    ],
)
def test_it_rewrites_addresses(text: str, address: str) -> None:
    assert address in html(text)


def test_it_shows_images_of_other_sites_as_links() -> None:
    shown = html("![A chart](https://other.example/chart.png)")
    assert "<img" not in shown
    assert 'href="https://other.example/chart.png"' in shown
    assert ">A chart</a>" in shown


def test_it_puts_no_link_inside_of_a_link() -> None:
    shown = html("[![badge](https://img.example/b.svg)](https://ci.example)")
    assert shown.count("<a ") == 1
    assert '<span class="foreign-image">badge</span>' in shown


def test_it_links_bare_addresses_but_not_within_code() -> None:
    shown = html("See https://example.org/a_b. And `https://code.example`.")
    assert 'href="https://example.org/a_b"' in shown
    assert "code.example" in shown
    assert 'href="https://code.example' not in shown


def test_it_highlights_code_of_known_languages() -> None:
    assert '<span class="kn">import</span>' in html("```python\nimport os\n```")
    assert "<code>plain" in html("```nosuchlanguage\nplain\n```")


def test_it_leaves_front_matter_out() -> None:
    shown = html("---\nlicense: mit\n---\n# Title\n")
    assert "license" not in shown
    assert "<h1" in shown


@pytest.mark.parametrize("text", ["# a\n", "- [ ] a\n", "["])
def test_it_takes_bounded_time_for_any_text(text: str) -> None:
    start = time.process_time()
    html(text * (40_000 // len(text)))
    assert time.process_time() - start < 10


def test_it_bounds_what_it_renders() -> None:
    shown = html("word " * (MAX_CHARACTERS // 4))
    assert len(shown) < MAX_CHARACTERS + 1000
    assert "too long" in shown
