"""A newcomer in a browser: sign up, make an organization and a token, upload with it, look around."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from huggingface_hub import HfApi
from playwright.sync_api import Browser, BrowserContext, Page

from tests.live import LiveHub

pytestmark = pytest.mark.browser
CARD = """---
license: mit
language: en
pipeline_tag: text-generation
---
# A model

| a | b |
|---|---|
| 1 | 2 |
"""


@dataclass(frozen=True)
class Newcomer:
    context: BrowserContext
    token: str


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()
    page.wait_for_load_state()


@pytest.fixture(scope="module")
def newcomer(live_hub: LiveHub, chromium: Browser) -> Iterator[Newcomer]:
    context = chromium.new_context(base_url=live_hub.url)
    page = context.new_page()
    page.goto("/accounts/signup/")
    page.fill("[name=username]", "nora")
    page.fill("[name=email]", "nora@example.org")
    page.fill("[name=password1]", "a long enough secret")
    press(page, "Sign up")
    page.goto("/organizations/new")
    page.fill("[name=name]", "nora-lab")
    press(page, "Create")
    page.goto("/settings/tokens")
    form = page.locator("main form:has([name=scope])")
    form.locator("[name=name]").fill("tour")
    form.locator("[name=scope][value=write]").check()
    form.locator("button").last.click()
    page.wait_for_load_state()
    secret = re.findall(r"hf_[A-Za-z0-9]{20,}", page.locator("main").inner_text())[0]
    page.close()
    api = HfApi(endpoint=live_hub.url, token=secret)
    api.create_repo("nora-lab/first")
    api.upload_file(
        path_or_fileobj=io.BytesIO(CARD.encode()), path_in_repo="README.md", repo_id="nora-lab/first"
    )
    api.upload_file(path_or_fileobj=b'{"a": 1}\n', path_in_repo="config.json", repo_id="nora-lab/first")
    yield Newcomer(context, secret)
    context.close()


PAGES = [
    "/",
    "/models",
    "/datasets",
    "/nora-lab/first",
    "/nora-lab/first/tree/main",
    "/nora-lab/first/blob/main/README.md",
    "/nora-lab/first/commits/main",
    "/nora-lab/first/discussions",
    "/nora-lab/first/settings",
    "/nora-lab",
    "/nora-lab/dashboard",
    "/nora",
    "/jobs",
    "/jobs/new",
    "/schedules",
    "/schedules/new",
    "/leaderboards",
    "/leaderboards/new",
    "/leaderboards/method",
    "/compare",
    "/metrics",
    "/metrics/bleu",
    "/benchmarks",
    "/benchmarks/import",
    "/suites",
    "/endpoints",
    "/runs",
    "/compute",
    "/compute/lend",
    "/collections",
    "/papers",
    "/notifications",
    "/settings/profile",
    "/settings/tokens",
    "/api/docs",
]


@pytest.mark.parametrize("path", PAGES)
def test_it_shows_each_page_without_an_error_and_without_sideways_scroll(
    newcomer: Newcomer, path: str
) -> None:
    page = newcomer.context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "response", lambda answer: answer.status >= 400 and problems.append(f"{answer.status} {answer.url}")
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(path)
            assert page.locator("main h1, main h2").count(), "a page has a heading"
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, f"{path} at {width} px is {overflow} px too wide"
    assert not problems
    page.close()


def test_it_speaks_chinese_when_asked(newcomer: Newcomer, live_hub: LiveHub, chromium: Browser) -> None:
    context = chromium.new_context(base_url=live_hub.url, locale="zh-CN")
    page = context.new_page()
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert "模型" in page.locator("header").inner_text()
    context.close()
