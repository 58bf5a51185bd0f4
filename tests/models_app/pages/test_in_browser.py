"""What needs a browser to be seen: search as you type, the like button, editing without a reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import LiveHub

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(live_hub: LiveHub, chromium: Browser) -> Iterator[Page]:
    """Signed in as mia, who has a model with a card."""
    context = chromium.new_context(base_url=live_hub.url)
    page = context.new_page()
    page.goto("/accounts/signup/")
    page.fill("[name=username]", "mia")
    page.fill("[name=email]", "mia@example.org")
    page.fill("[name=password1]", "a long enough secret")
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    page.goto("/new")
    page.fill("[name=name]", "ocelot")
    page.select_option("[name=licence]", "mit")
    page.locator("main form button").last.click()
    page.wait_for_url("**/mia/ocelot")
    yield page
    context.close()


def test_typing_searches_and_the_address_follows(page: Page) -> None:
    page.goto("/models")
    page.locator("#q").press_sequentially("ocel")
    expect(page.locator("#results .card")).to_have_count(1)
    expect(page).to_have_url("/models?q=ocel&sort=trending")
    expect(page.locator("#filters")).to_contain_text("mit")
    page.locator("#filters a", has_text="mit").click()
    expect(page.locator("#chips .badge")).to_have_count(2)
    page.go_back()
    expect(page.locator("#q")).to_have_value("ocel")


def test_a_like_needs_no_reload(page: Page) -> None:
    page.goto("/mia/ocelot")
    button = page.locator(".like button")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("1")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_the_card_is_edited_in_place(page: Page) -> None:
    page.goto("/mia/ocelot")
    page.get_by_role("link", name="Edit the card").click()
    editor = page.locator("[name=content]")
    editor.fill(editor.input_value() + "\nA small cat.\n")
    page.get_by_role("button", name="Commit to main").click()
    page.wait_for_url("**/blob/main/README.md")
    page.goto("/mia/ocelot")
    expect(page.locator(".prose")).to_contain_text("A small cat.")


def test_a_private_name_shows_nothing_to_others(page: Page, chromium: Browser, live_hub: LiveHub) -> None:
    page.goto("/mia/ocelot/settings")
    page.locator("[name=visibility][value=private]").check()
    page.locator("form[action$=visibility] button").click()
    expect(page.locator(".repository-head")).to_contain_text("Private")
    context = chromium.new_context(base_url=live_hub.url)
    other = context.new_page()
    answer = other.goto("/mia/ocelot")
    assert answer is not None
    assert answer.status == 404
    other.goto("/models?q=ocelot")
    expect(other.locator("#results .card")).to_have_count(0)
    context.close()
