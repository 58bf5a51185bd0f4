// A log that grows while it is read. Where no stream is to be had, the page asks again by itself (htmx),
// and without any script it is reloaded.

function addLines(tail, { text, attempt, mark }) {
  const seen = new URL(tail.dataset.stream, location).searchParams.get("attempt");
  if (String(attempt) !== (tail.dataset.attempt || seen) && attempt > 1) {
    const line = Object.assign(document.createElement("div"), { className: "log-attempt", textContent: mark });
    tail.before(line);
  }
  tail.dataset.attempt = attempt;
  tail.before(Object.assign(document.createElement("pre"), { textContent: text }));
  const log = tail.closest(".log");
  if (log.hasAttribute("data-follow")) log.scrollTop = log.scrollHeight;
}

function follow(tail) {
  tail.dataset.following = "";
  const source = new EventSource(tail.dataset.stream);
  let last = "";
  source.addEventListener("log", (event) => {
    last = event.lastEventId;
    addLines(tail, JSON.parse(event.data));
  });
  source.addEventListener("end", () => {
    source.close();
    tail.remove();
  });
  source.addEventListener("error", () => {
    if (!tail.isConnected) source.close();
    if (source.readyState !== EventSource.CLOSED || !tail.isConnected) return;
    // Refused: ask for what has come since in the plain way; its answer tries to stream again.
    const url = new URL(tail.getAttribute("hx-get"), location);
    if (last) url.searchParams.set("after", last);
    if (tail.dataset.attempt) url.searchParams.set("attempt", tail.dataset.attempt);
    setTimeout(() => htmx.ajax("GET", url.pathname + url.search, { target: tail, swap: "outerHTML" }), 3000);
  });
  addEventListener("pagehide", () => source.close(), { once: true });
}

function followAll() {
  for (const tail of document.querySelectorAll("[data-stream]:not([data-following])")) {
    if (window.EventSource) follow(tail);
    else htmx.trigger(tail, "unstreamed");
  }
}
document.addEventListener("DOMContentLoaded", followAll);
document.addEventListener("htmx:afterSettle", followAll);
