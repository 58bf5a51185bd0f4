// What plain HTML cannot do by itself: copying, the theme without a reload, menus that close, logs that follow.
// Every page works without this file.

function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

async function copyFrom(button) {
  const text = button.dataset.copy || button.closest(".code").querySelector("pre").textContent;
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text.trim());
  } else {
    // Plain http on another machine than this one: browsers offer no clipboard there, only the selection.
    const draft = Object.assign(document.createElement("textarea"), { value: text.trim() });
    document.body.append(draft);
    draft.select();
    document.execCommand("copy");
    draft.remove();
  }
  button.classList.add("copied");
  announce(button.dataset.copied);
  setTimeout(() => button.classList.remove("copied"), 1500);
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
}

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy);
  const close = event.target.closest("[data-dismiss]");
  if (close) close.closest(".message").remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.key === "/" && !event.target.closest("input, textarea, select, [contenteditable]")) {
    const search = document.getElementById("site-search");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-theme-switch]")) {
    event.preventDefault();
    switchTheme();
  }
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// A log that is read at its end stays at its end.
function followLogs() {
  for (const log of document.querySelectorAll(".log[data-follow]")) {
    log.scrollTop = log.scrollHeight;
    log.addEventListener("scroll", () => {
      const left = log.scrollHeight - log.scrollTop - log.clientHeight;
      log.toggleAttribute("data-follow", left < 40);
    });
  }
}
document.addEventListener("DOMContentLoaded", followLogs);
document.addEventListener("htmx:afterSettle", () => {
  for (const log of document.querySelectorAll(".log[data-follow]")) log.scrollTop = log.scrollHeight;
});

// A part that is refreshed keeps what the reader unfolded in it.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  unfolded = [...event.detail.target.querySelectorAll("details[open][id]")].map((details) => details.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  unfolded = [];
});

// A person's time zone is known to the browser alone, until they have chosen one here.
document.addEventListener("DOMContentLoaded", () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll("[data-browser-zone]")) {
    if (!zone || field.value !== field.defaultValue) continue;
    field.value = zone;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
