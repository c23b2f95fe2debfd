// The sandbox page: watches for changes, keeps the newest message in view, and fills the composer. No library besides htmx.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
const messagesOf = (column) => find(".messages", column);
const wide = matchMedia("(min-width: 1100px)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let composer = null; // the form for which a dialog was opened
let heard = 0; // changes since the page was loaded

// --- changes ---------------------------------------------------------------------------------------------------------

function listen() {
  const source = new EventSource(`/sandbox/events?after=${document.body.dataset.changes}`);
  const offline = find("#offline");
  source.addEventListener("hello", (event) => {
    if (JSON.parse(event.data).run !== document.body.dataset.run) location.reload();
    if (!offline.hidden) refresh(["*"]);
    offline.hidden = true;
  });
  source.addEventListener("change", (event) => {
    document.body.dataset.changes = event.lastEventId;
    heard += 1;
    refresh(JSON.parse(event.data).chats);
  });
  source.addEventListener("notice", (event) => {
    const { person, text, alert } = JSON.parse(event.data);
    const name = find(`.entry[data-goes="${CSS.escape(person)}"] .entry-name`)?.firstChild.textContent;
    if (text) toast(text, alert, name);
  });
  source.onerror = () => {
    offline.textContent = document.body.dataset.offline;
    offline.hidden = false;
  };
  addEventListener("pagehide", () => source.close(), { once: true });
}

function refresh(chats) {
  for (const column of all(".column")) {
    if (chats.includes("*") || chats.includes(column.dataset.chat)) htmx.trigger(messagesOf(column), "refresh");
  }
  htmx.trigger("#chats", "refresh");
}

function toast(text, strong, name) {
  const shown = make("p", { className: strong ? "toast strong" : "toast" });
  if (name) shown.append(make("b", { textContent: name }));
  shown.append(text);
  find("#toasts").append(shown);
  setTimeout(() => shown.remove(), strong ? 8000 : 4500);
}

// --- messages --------------------------------------------------------------------------------------------------------

const atBottom = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 120;
const lastOf = (box) => Number(find(".bubbles", box)?.dataset.last ?? 0);

function toBottom(box) {
  box.scrollTop = box.scrollHeight;
}

function settle(box, before, pinned) {
  const news = all(".message", box).filter((message) => Number(message.dataset.message) > before);
  news.forEach((message) => message.classList.add("new"));
  if (pinned || news.some((message) => message.classList.contains("mine"))) toBottom(box);
  const latest = news.at(-1);
  if (latest && !latest.classList.contains("mine")) {
    find("#live").textContent = `${latest.dataset.name}: ${find(".text", latest)?.textContent ?? ""}`;
  }
  look(box);
}

function look(box) {
  const column = box.closest(".column");
  find("[data-newest]", column).hidden = atBottom(box);
  const shown = wide.matches || column.dataset.chat === activeChat();
  const last = lastOf(box);
  if (!shown || document.hidden || !last || Number(box.dataset.seen ?? 0) >= last) return;
  box.dataset.seen = last;
  const body = new URLSearchParams({ chat: column.dataset.chat, message: last });
  fetch("/sandbox/seen", { method: "POST", body, headers: { "X-CSRF-Token": document.body.dataset.token } });
}

// A chat that changes while a finger is down on it would swallow the press: it changes when the finger is up.
let held = null;
document.addEventListener("pointerdown", ({ target }) => { held = target.closest?.(".messages"); });
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    const late = held?.late ? held : null;
    held = null;
    if (late) setTimeout(() => { late.late = false; htmx.trigger(late, "refresh"); }); // after the click
  });
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.matches?.(".messages")) {
    if (detail.target === held) {
      detail.shouldSwap = false;
      detail.target.late = true;
      return;
    }
    detail.target.before = { last: lastOf(detail.target), pinned: atBottom(detail.target) };
  }
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.matches?.(".messages")) settle(detail.target, detail.target.before.last, detail.target.before.pinned);
  if (detail.target.id === "chats") mark();
});
document.addEventListener("load", ({ target }) => {
  const box = target.closest?.(".messages"); // a picture that has arrived pushes the newest message down
  if (box?.pinned) toBottom(box);
}, true);

// The composer grew or the phone's keyboard came: whoever read the newest message goes on reading it.
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => { if (target.pinned) toBottom(target); }));

function begin() {
  for (const column of all(".column")) {
    const box = messagesOf(column);
    toBottom(box);
    box.addEventListener("scroll", () => { box.pinned = atBottom(box); look(box); }, { passive: true });
    box.pinned = true;
    sizes.observe(box);
    look(box);
  }
  const columns = find("#columns");
  columns.addEventListener("scroll", () => { mark(); }, { passive: true });
  columns.addEventListener("scrollend", () => all(".messages").forEach(look));
  mark();
}

// --- one chat at a time ----------------------------------------------------------------------------------------------

function activeChat() {
  const columns = find("#columns");
  const found = all(".column")[Math.round(columns.scrollLeft / Math.max(1, columns.clientWidth))];
  return found?.dataset.chat;
}

function mark() {
  const chat = activeChat();
  all("[data-tab]").forEach((tab) => tab.setAttribute("aria-current", String(tab.dataset.tab === chat)));
}

function go(chat, smooth = true) {
  const column = document.getElementById(`column-${chat}`);
  if (!column) return;
  const behavior = smooth && !calm.matches ? "smooth" : "instant";
  find("#columns").scrollTo({ left: column.offsetLeft - find("#columns").offsetLeft, behavior });
  if (wide.matches) find("textarea", column).focus({ preventScroll: true });
}

function toggle(id, open) {
  const part = document.getElementById(id);
  part.classList.toggle("shown", open);
  all(`[data-toggles="${id}"][aria-expanded]`).forEach((button) => {
    button.setAttribute("aria-expanded", String(part.classList.contains("shown")));
  });
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => { detail.xhr.asked = heard; });
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "stage" && detail.elt.id !== "stage") return;
  begin();
  if (detail.xhr.asked !== heard) refresh(["*"]); // it changed between the question and the answer
  const chat = detail.requestConfig?.elt?.dataset.goes;
  if (chat) go(chat, false);
});

// --- composer --------------------------------------------------------------------------------------------------------

function grow(field) {
  field.style.height = "auto"; // CSSOM, which the content security policy allows
  field.style.height = `${Math.min(field.scrollHeight, 132)}px`;
}

function attach(form, picture, inputs, name) {
  const item = make("li");
  const remove = make("button", { type: "button", ariaLabel: `${document.body.dataset.remove} ${name}`, textContent: "×" });
  item.append(picture, ...inputs, remove);
  remove.addEventListener("click", () => { item.remove(); keepFiles(form); find("textarea", form).focus(); });
  find("[data-tray]", form).append(item);
  open(form, false);
  find("textarea", form).focus();
  return item;
}

function keepFiles(form) {
  const files = new DataTransfer();
  all("[data-tray] li", form).forEach((item) => { if (item.file) files.items.add(item.file); });
  find("[data-store]", form).files = files.files;
}

function attachFiles(form, files) {
  for (const file of files) {
    const picture = make("img", { src: URL.createObjectURL(file), alt: file.name });
    attach(form, picture, [], file.name).file = file;
  }
  keepFiles(form);
}

function attachSample(form, button) {
  const picture = make("img", { src: find("img", button).src, alt: button.innerText });
  attach(form, picture, [make("input", { type: "hidden", name: "sample", value: button.dataset.sample })], button.innerText);
  const field = find("textarea", form);
  if (!field.value) field.value = button.dataset.caption;
  grow(field);
}

function attachPlace(form, lat, lon, name) {
  all("li.place", form).forEach((item) => item.remove());
  const words = make("span", { textContent: name });
  const inputs = [["lat", lat], ["lon", lon]].map(([key, value]) => make("input", { type: "hidden", name: key, value }));
  attach(form, words, inputs, name).className = "place";
  find("#place").close();
}

function answer(form, message, name, words) {
  const strip = find("[data-replying]", form);
  strip.hidden = !message;
  find("input", strip).value = message;
  find("p", strip).replaceChildren(make("b", { textContent: name }), words);
  if (message) find("textarea", form).focus();
}

function open(form, shown) {
  find("[data-panel]", form).hidden = !shown;
  find("[data-attach]", form).setAttribute("aria-expanded", String(shown));
}

function emptied(form) {
  find("textarea", form).value = "";
  grow(find("textarea", form));
  find("[data-tray]", form).replaceChildren();
  keepFiles(form);
  answer(form, "", "", "");
  open(form, false);
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest?.(".composer");
  if (form && detail.successful && detail.requestConfig.path === "/sandbox/say") emptied(form);
  if (detail.requestConfig.path === "/sandbox/try" && detail.successful) go(all(".column")[0].dataset.chat);
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 403) location.reload();
  toast(detail.xhr.responseText.slice(0, 200) || document.body.dataset.failed, true);
});
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.failed, true));

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".composer textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key === "Escape") {
    toggle("rail", false);
    toggle("tools", false);
    const form = event.target.closest?.(".composer");
    if (form) { answer(form, "", "", ""); open(form, false); }
  }
});
document.addEventListener("input", ({ target }) => {
  if (target.matches(".composer textarea")) grow(target);
  if (target.matches("[data-filter]")) {
    all(".place-list li").forEach((item) => { item.hidden = !item.innerText.includes(target.value.trim()); });
  }
});
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-pick]")) return;
  attachFiles(target.form, target.files);
  target.value = "";
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".composer")) return;
  if (!find("textarea", form).value.trim() && !find("[data-tray] li", form)) event.preventDefault();
}, true);

// --- clicks ----------------------------------------------------------------------------------------------------------

const CLICKS = {
  "[data-opens]": (part) => {
    composer = part.closest(".composer");
    document.getElementById(part.dataset.opens).showModal();
    const box = find(".map-box"); // on a phone it shows a part of the county: the middle of the town
    box.scrollTo((box.scrollWidth - box.clientWidth) / 2, (box.scrollHeight - box.clientHeight) / 2);
  },
  "[data-closes]": (part) => part.closest("dialog").close(),
  "[data-toggles]": (part) => toggle(part.dataset.toggles),
  "[data-attach]": (part) => open(part.form, find("[data-panel]", part.form).hidden),
  "[data-sample]": (part) => { attachSample(composer, part); find("#samples").close(); },
  ".place-list button, .spot": (part) => attachPlace(composer, part.dataset.lat, part.dataset.lon, part.dataset.name),
  "[data-cancel-reply]": (part) => answer(part.form, "", "", ""),
  "[data-newest]": (part) => toBottom(messagesOf(part.closest(".column"))),
  "[data-reply]": (part) => {
    const message = part.closest(".message");
    const words = find(".text", message)?.innerText.split("\n")[0] ?? "";
    answer(find(".composer", part.closest(".column")), part.dataset.reply, message.dataset.name, words);
  },
  "[data-photo]": (part) => {
    find("#lightbox img").src = part.dataset.photo;
    find("#lightbox").showModal();
  },
  "[data-tab]": (part) => go(part.dataset.tab),
  "[data-quote]": (part) => {
    const quoted = document.getElementById(`m-${part.dataset.quote}`);
    quoted?.scrollIntoView({ block: "center", behavior: calm.matches ? "instant" : "smooth" });
    quoted?.classList.add("found");
    setTimeout(() => quoted?.classList.remove("found"), 1600);
  },
};

document.addEventListener("click", (event) => {
  if (event.target.matches("dialog")) event.target.close(); // beside the content: the backdrop
  if (!event.target.closest("#tools, [data-toggles]")) toggle("tools", false);
  if (!event.target.closest("#rail, [data-toggles]")) toggle("rail", false);
  for (const [selector, act] of Object.entries(CLICKS)) {
    const part = event.target.closest(selector);
    if (!part) continue;
    if (part.matches("[data-tab], [data-quote]")) event.preventDefault();
    act(part);
    return;
  }
  const map = event.target.closest("#map");
  if (!map) return;
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const lat = Number(map.dataset.north) - point.y / Number(map.dataset.down);
  const lon = Number(map.dataset.west) + point.x / Number(map.dataset.across);
  attachPlace(composer, lat.toFixed(6), lon.toFixed(6), document.body.dataset.point);
});

document.addEventListener("visibilitychange", () => all(".messages").forEach(look));
document.addEventListener("dragover", (event) => { if (event.target.closest(".column")) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  const column = event.target.closest(".column");
  if (!column) return;
  event.preventDefault();
  attachFiles(find(".composer", column), event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const form = event.target.closest?.(".composer");
  if (form && event.clipboardData.files.length) attachFiles(form, event.clipboardData.files);
});
document.addEventListener("DOMContentLoaded", () => { begin(); listen(); });
