// The second screen. What the daemon says the customer may see, and nothing that anybody could touch.

const QUIET_MS = 2000; // Without a word for so long no amount stands here: it may be somebody else's.
const RETRY_MS = 500;
const WATCH_MS = 200;
const LARGE = ["Amount due", "Paid", "Given back", "Held at most", "Total", "Amount"];

const language = new URLSearchParams(location.search).get("lang") ?? document.documentElement.lang;
const stage = document.getElementById("stage");
const now = { view: null, texts: {}, heard: performance.now(), lost: false, tried: 0 };
let source = null;

document.documentElement.lang = language;

function words({ text, values = {} }) {
  const sentence = now.texts[text] ?? text;
  return sentence.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? values[name] : place));
}

function el(tag, name, ...inside) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...inside);
  return node;
}

function rowOf({ label, value = "" }, state) {
  const row = el("div", "row");
  if (label && LARGE.includes(label.text)) {
    row.classList.add("large");
    row.style.setProperty("--chars", Math.max(value.length, 6));
  }
  if (label?.text === "Paid") row.classList.add("good");
  if (state === "declined") row.classList.add("bad");
  if (label) row.append(el("span", "label", words(label)));
  if (value) row.append(el("span", "value", value));
  return row;
}

function atRest() {
  const rest = el("div", "rest", el("p", "", words({ text: "Welcome" })));
  if (now.view.join) {
    const code = el("img", "");
    code.src = "/display/join.svg";
    code.alt = words({ text: "Scan to become a member" });
    rest.append(code, el("p", "small", code.alt));
  }
  return rest;
}

function draw() {
  const { view } = now;
  document.getElementById("shop").textContent = view?.shop ?? "";
  const training = document.getElementById("training");
  training.hidden = !view?.training;
  training.textContent = words({ text: "Training: nothing here is sold, charged or sent." });
  const rows = (view?.rows ?? []).filter((row) => row.label || row.value);
  if (!view || now.lost) stage.replaceChildren();
  else if (!view.open) stage.replaceChildren(el("div", "rest", el("p", "", words({ text: "Not open at the moment" }))));
  else if (!rows.length) stage.replaceChildren(atRest());
  else stage.replaceChildren(...rows.map((row) => rowOf(row, view.state)));
  stage.dataset.state = !view || now.lost ? "lost" : view.state;
}

async function learn() {
  try {
    const answer = await fetch(`/texts/${language}`, { signal: AbortSignal.timeout(QUIET_MS) });
    if (answer.status === 401) location.replace("/enter?to=display");
    if (answer.ok) now.texts = await answer.json();
  } catch {
    // Until the next greeting it is English.
  }
}

function connect() {
  source?.close();
  now.tried = performance.now();
  source = new EventSource("/display/events");
  source.addEventListener("hello", (event) => greet(JSON.parse(event.data)));
  source.addEventListener("beat", heard);
  source.addEventListener("view", (event) => { now.view = JSON.parse(event.data); heard(); draw(); });
  source.addEventListener("error", () => { source.close(); setTimeout(retry, RETRY_MS); });
}

async function retry() {
  if (source.readyState !== EventSource.CLOSED) return;
  await learn();
  connect();
}

async function greet({ version }) {
  heard();
  if (version !== document.documentElement.dataset.version && sessionStorage.getItem("reloaded") !== version) {
    sessionStorage.setItem("reloaded", version); // Once a version: never a loop.
    return location.reload();
  }
  await learn();
  return draw();
}

function heard() {
  now.heard = performance.now();
  if (!now.lost) return;
  now.lost = false;
  draw();
}

setInterval(() => {
  if (performance.now() - now.heard < QUIET_MS) return;
  if (!now.lost) {
    now.lost = true;
    draw();
  }
  if (performance.now() - now.tried > QUIET_MS) connect();
}, WATCH_MS);

await learn();
draw();
connect();
