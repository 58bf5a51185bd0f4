"""Markdown that strangers wrote, as HTML that is safe to show.

The text passes twice: markdown-it makes HTML (its own and whatever HTML the author wrote), then nh3
keeps only what is on the lists below. Everything that depends on an address happens in the second
pass, so that raw HTML is treated like Markdown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from html import escape, unescape
from urllib.parse import quote, urljoin, urlsplit

import nh3
from django.core.cache import cache as kept
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from pygments import highlight as pygments_highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from models_app.cards import markdown_rules

# The worst texts of this length take about three seconds, usual ones a tenth of one.
MAX_CHARACTERS = 120_000
MAX_HIGHLIGHTED_CHARACTERS = 8_000
KEPT_SECONDS = 3600
# Author's ids never meet the page's own: both anchors and the links to them carry this.
ID_PREFIX = "md-"

TAGS = {
    *(
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
    ),
    *(
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "li",
    ),
    *(
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
    ),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
ATTRIBUTES = {
    "*": {"id", "title", "lang", "dir"},
    "a": {"href"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height", "align"},
    "input": {"type", "checked", "disabled"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan", "style"},
    "th": {"align", "colspan", "rowspan", "style", "scope"},
    **{tag: {"align"} for tag in ("div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "table")},
}
CLASSES = {
    "pre": {"highlight"},
    "span": {name for name in STANDARD_TYPES.values() if name},
    "li": {"task-list-item", "footnote-item"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
    "a": {"footnote-backref"},
}
IMAGE_OR_LINK = re.compile(r'<(?P<close>/?)(?P<tag>img|a)(?P<attributes>(?:\s[a-z-]+="[^"]*")*)\s*>')
ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
INLINE_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")


def render(text: str, base_url: str, raw_url: str) -> SafeString:
    """Clean HTML of a Markdown text (CommonMark with tables, task lists, strikethrough, footnotes).

    Relative links continue `base_url`, relative images `raw_url`; both end in a slash. Front matter is
    left out. Images of other sites become links: a reader's visit is told to nobody. No more than
    MAX_CHARACTERS are rendered; a line at the end says so.
    """
    shown = text[:MAX_CHARACTERS]
    html = _sanitize(_parser().render(shown), base_url, raw_url)
    html = _without_foreign_images(html)
    if len(text) > len(shown):
        html += f"<p><em>{escape(gettext('The rest is too long to be shown here.'))}</em></p>"
    return SafeString(html)


def render_kept(text: str, base_url: str, raw_url: str) -> SafeString:
    """The same, from the cache where somebody has asked for it lately."""
    asked = f"{get_language()}\0{base_url}\0{raw_url}\0{text}".encode("utf-8", "replace")
    key = f"markdown:{hashlib.sha256(asked).hexdigest()}"
    html: str | None = kept.get(key)
    if html is None:
        html = render(text, base_url, raw_url)
        kept.set(key, html, KEPT_SECONDS)
    return SafeString(html)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "highlight": _highlight})
    parser.enable(["table", "strikethrough"])
    parser.use(front_matter_plugin).use(footnote_plugin)
    for rule in (markdown_rules.heading_ids, markdown_rules.task_lists, markdown_rules.bare_urls):
        parser.core.ruler.push(rule.__name__, rule)
    return parser


def _highlight(code: str, language: str, _attributes: str) -> str:
    if not language or len(code) > MAX_HIGHLIGHTED_CHARACTERS:
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    inner = pygments_highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="highlight"><code>{inner}</code></pre>'


def _sanitize(html: str, base_url: str, raw_url: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        attribute_filter=_address_filter(base_url, raw_url),
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="nofollow noopener",
        filter_style_properties={"text-align"},
        set_tag_attribute_values={
            "input": {"type": "checkbox", "disabled": "", "aria-label": gettext("Task")},
            # What scrolls sideways must be reachable by the keyboard.
            "pre": {"tabindex": "0"},
            "table": {"tabindex": "0"},
        },
    )


def _address_filter(base_url: str, raw_url: str) -> Callable[[str, str, str], str | None]:
    def address(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "id":
            return ID_PREFIX + value
        if attribute == "href":
            return _link(value.strip(), base_url)
        if attribute == "src":
            return _image(value.strip(), raw_url)
        return value

    return address


def _link(value: str, base_url: str) -> str | None:
    if value.startswith("#"):
        return f"#{ID_PREFIX}{value[1:]}"
    scheme = _scheme(value)
    if scheme is None or scheme == "data":
        return None
    return value if scheme or value.startswith("//") else _joined(base_url, value)


def _image(value: str, raw_url: str) -> str | None:
    scheme = _scheme(value)
    if scheme == "data":
        return value if INLINE_IMAGE.fullmatch(value) else None
    if scheme in {"http", "https"} or value.startswith("//"):
        return value
    return None if scheme or scheme is None else _joined(raw_url, value)


def _scheme(value: str) -> str | None:
    """The scheme in lower case, empty for a relative address, None for one that cannot be read."""
    try:
        return urlsplit(value).scheme.lower()
    except ValueError:
        return None


def _joined(base: str, value: str) -> str:
    return quote(urljoin(base, value), safe="/%#?=&;:@+,~!$'()*")


def _without_foreign_images(html: str) -> str:
    """Each image of another site as a link to it, or as its text where it stands inside of a link."""
    inside_link = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal inside_link
        if match["tag"] == "a":
            inside_link = not match["close"]
            return match.group()
        values = {name: unescape(value) for name, value in ATTRIBUTE.findall(match["attributes"])}
        source = values.get("src", "")
        if not source:
            return escape(values.get("alt", ""))
        if not source.startswith(("http://", "https://", "//")):
            return match.group()
        return _foreign_image(source, values.get("alt", ""), inside_link=inside_link)

    return IMAGE_OR_LINK.sub(replaced, html)


def _foreign_image(source: str, alt: str, *, inside_link: bool) -> str:
    label = escape(alt or source.rpartition("/")[2] or source)
    if inside_link:
        return f'<span class="foreign-image">{label}</span>'
    return f'<a class="foreign-image" rel="nofollow noopener" href="{escape(source)}">{label}</a>'
