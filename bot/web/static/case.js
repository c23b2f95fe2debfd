// The page of one case: shows what was chosen, sends without leaving the page, and looks again until it was worked off.
"use strict";

const LOOKS = 60;
const LOOK_MS = 1500;

function complain(form, words) {
  const alert = form.querySelector("[data-alert]");
  alert.textContent = words;
  alert.hidden = !words;
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("[type=submit]");
  const label = button.textContent;
  const body = new FormData(form);
  complain(form, "");
  button.disabled = true;
  button.textContent = form.dataset.sending;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/plain" } });
    if (answer.ok) {
      location.replace(answer.url);
      return;
    }
    const isWords = answer.headers.get("content-type")?.startsWith("text/plain");
    complain(form, isWords ? await answer.text() : form.dataset.failed);
  } catch {
    complain(form, form.dataset.failed);
  }
  button.disabled = false;
  button.textContent = label;
}

function preview(input) {
  const form = input.closest("form");
  const list = form.querySelector("[data-previews]");
  const files = [...input.files];
  let fault = "";
  if (files.length > Number(input.dataset.most)) fault = input.dataset.tooMany;
  if (files.some((file) => file.size > Number(input.dataset.bytes))) fault = input.dataset.tooLarge;
  complain(form, fault);
  for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  list.replaceChildren();
  if (fault) input.value = "";
  else
    for (const file of files) {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      const item = document.createElement("li");
      item.append(image);
      list.append(item);
    }
  list.hidden = !list.children.length;
}

function pin(map, lat, lon) {
  const { west, north, across, down } = map.dataset;
  const mark = map.querySelector("[data-pin]");
  mark.setAttribute("x", (lon - west) * across);
  mark.setAttribute("y", (north - lat) * down);
  mark.removeAttribute("visibility");
}

function choose(map, lat, lon, said) {
  const form = map.closest("section").querySelector("form");
  form.querySelector("[data-lat]").value = lat;
  form.querySelector("[data-lon]").value = lon;
  form.querySelector("[data-chosen]").textContent = said;
  complain(form, "");
  pin(map, lat, lon);
}

function tap(event) {
  const map = event.target.closest("[data-map][data-open]");
  if (!map) return;
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const { west, north, across, down } = map.dataset;
  const form = map.closest("section").querySelector("form");
  form.querySelector("[data-spot]").value = "";
  const lat = (Number(north) - at.y / down).toFixed(6);
  const lon = (Number(west) + at.x / across).toFixed(6);
  choose(map, lat, lon, form.querySelector("[data-chosen]").dataset.point);
}

function pick(select) {
  if (!select.value) return;
  const map = select.closest("section").querySelector("[data-map]");
  const [lat, lon] = select.value.split(",");
  choose(map, lat, lon, select.selectedOptions[0].textContent);
  show(map);
}

function show(map) {
  const mark = map.querySelector("[data-pin]");
  const box = map.closest("[data-map-box]");
  const { width, height } = map.viewBox.baseVal;
  const scale = map.clientWidth / width;
  const known = !mark.hasAttribute("visibility");
  box.scrollLeft = (known ? mark.getAttribute("x") : width / 2) * scale - box.clientWidth / 2;
  box.scrollTop = (known ? mark.getAttribute("y") : height / 2) * scale - box.clientHeight / 2;
}

function renew(page) {
  for (const part of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(part.id);
    if (old.innerHTML === part.innerHTML || (old !== document.activeElement && old.contains(document.activeElement))) {
      old.toggleAttribute("data-waiting", part.hasAttribute("data-waiting"));
      continue;
    }
    old.replaceWith(document.adoptNode(part));
  }
  document.querySelectorAll("[data-map]").forEach(show);
}

async function watch() {
  for (let look = 0; look < LOOKS && document.querySelector("[data-waiting]"); look += 1) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    try {
      const answer = await fetch(location.href);
      if (answer.status === 410) location.reload();
      if (answer.ok) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // the connection is away for a moment: the next look may find it
    }
  }
}

document.addEventListener("submit", (event) => event.target.matches("[data-sends]") && send(event));
document.addEventListener("click", tap);
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick]")) preview(event.target);
  if (event.target.matches("[data-spot]")) pick(event.target);
});
document.querySelectorAll("[data-map]").forEach(show);
watch();
