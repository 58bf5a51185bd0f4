"""What our Markdown knows beyond the parser: ids of headings, task lists, bare addresses.

Each rule is one pass over the tokens: the texts come from strangers, and must not cost more than
their length.
"""

from __future__ import annotations

import re
from collections import Counter

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TASK = re.compile(r"\[([ xX])\][ \t]")
BARE_URL = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]*_]")


def heading_ids(state: StateCore) -> None:
    """As GitHub makes them, so that tables of contents written for it work."""
    given: Counter[str] = Counter()
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type != "heading_open":
            continue
        slug = _slug(inline)
        opening.attrSet("id", f"{slug}-{given[slug]}" if given[slug] else slug)
        given[slug] += 1


def _slug(inline: Token) -> str:
    parts = (child.content for child in inline.children or [] if child.type in {"text", "code_inline"})
    return re.sub(r"[^\w\- ]", "", "".join(parts).strip().lower()).replace(" ", "-")


def task_lists(state: StateCore) -> None:
    """`- [x] done` becomes an item with a checkbox."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        starts_item = item.type == "list_item_open" and paragraph.type == "paragraph_open"
        if not starts_item or not inline.children or not (match := TASK.match(inline.content)):
            continue
        first = inline.children[0]
        first.content = first.content[match.end() :]
        checked = "" if match[1] == " " else " checked"
        box = Token("html_inline", "", 0, content=f'<input type="checkbox" disabled{checked}> ')
        inline.children.insert(0, box)
        item.attrJoin("class", "task-list-item")


def bare_urls(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children and "://" in token.content:
            token.children = _with_links(token.children)


def _with_links(children: list[Token]) -> list[Token]:
    result: list[Token] = []
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "html_inline":
            depth += 1 if child.content.lower().startswith("<a ") else 0
            depth -= 1 if child.content.lower().startswith("</a") else 0
        if child.type == "text" and depth <= 0:
            result += _split_at_urls(child.content)
        else:
            result.append(child)
    return result


def _split_at_urls(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    for match in BARE_URL.finditer(text):
        tokens.append(Token("text", "", 0, content=text[position : match.start()]))
        tokens.append(Token("link_open", "a", 1, attrs={"href": match.group()}))
        tokens.append(Token("text", "", 0, content=match.group()))
        tokens.append(Token("link_close", "a", -1))
        position = match.end()
    tokens.append(Token("text", "", 0, content=text[position:]))
    return tokens
