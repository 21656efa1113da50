// The page of the counter. It shows what the daemon says and sends back what a person touched, naming the
// step they saw. It decides nothing about money, and every text but the receipt goes in as text.

const QUIET_MS = 2000; // Without a word for so long, the terminal counts as gone.
const SETTLE_MS = 250; // A double touch must not press what has just appeared under the finger.
const ANSWER_MS = 3000; // A touch that got no answer may be made again.
const TAKEN_MS = 1500; // A touch was taken, yet no new screen came: let go of the buttons.
const RETRY_MS = 500;
const WATCH_MS = 200;
const FRAME_MS = 16;

const LANGUAGES = [["zh-Hans", "简体"], ["zh-Hant", "繁體"], ["en", "English"]];
const FEW = 6; // Devices whose state fits into one line in words.
const PRIMARY = ["confirm", "done", "key"];
const TILES = ["pick", "unpark"];
const OFTEN = ["release", "checkout", "recharge", "join"]; // Whatever else is begun has a small button beside them.
const KEYPAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "Backspace"];
const DIGITS = [..."1234567890"]; // What is touched by a key; what comes behind them has none.
const NUMBERS = ["phone", "pin", "day"]; // Digits that count nothing: a nought in front stays.
const LETTERS = [..."1234567890qwertyuiopasdfghjkl", "Backspace", ..."zxcvbnm"];
const NUMBERED = [...LETTERS, "-", "."]; // A receipt's number, or a sum.
const WORDS = [...LETTERS, "-", ",", " "]; // Names have their own input method: what is keyed here goes with it.
const FORMS = {
  amount: /^\d{0,6}(\.\d{0,2})?$/,
  cash: /^\d{0,6}(\.\d{0,2})?$/,
  litres: /^\d{0,4}(\.\d{0,2})?$/,
  kilograms: /^\d{0,4}(\.\d{0,2})?$/,
  cubic_metres: /^\d{0,4}(\.\d{0,2})?$/,
  total: /^\d{0,10}(\.\d{0,2})?$/,
  phone: /^\d{0,11}$/,
  pieces: /^\d{0,3}$/,
  count: /^\d{0,7}$/,
  day: /^\d{0,8}$/,
  pin: /^\d{0,12}$/,
  weight: /^\d{0,4}(\.\d{0,3})?$/,
  search: /^[\p{L}\d]{0,40}$/u,
  receipt: /^[A-Za-z\d.-]{0,64}$/,
  text: /^\P{C}{0,60}$/u,
};

const ICONS = {
  checkout: "M5 9h14l-1.4 10.5H6.4zM8.5 9 12 3.5 15.5 9M9.7 13v3M14.3 13v3",
  release: "M4 21V4.5a1 1 0 0 1 1-1h8a1 1 0 0 1 1 1V21M2.5 21h13M6.5 6.5h5v4h-5zM14 12h2a1.5 1.5 0 0 1 1.5 1.5V17a1.75 1.75 0 0 0 3.5 0V8.5L17.5 5",
  recharge: "M12.5 18.5H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1h16a1 1 0 0 1 1 1V12M3 10h18M18 15v6M15 18h6",
  join: "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20.5c0-3.6 3-6 7-6 1.2 0 2.3.2 3.3.6M18 14v6.5M14.8 17.2h6.4",
  stored: "M4 5.5h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1zM3 10h18M6.5 14.5h4",
  cash: "M3 6.5h18v11H3zM12 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM6.2 12h.1M17.7 12h.1",
  code: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M7.5 8.5v7M10.5 8.5v7M13.5 8.5v7M16.5 8.5v7",
  tap: "M5 9.5c1 1.7 1 3.3 0 5M9 7.5c2 3 2 6 0 9M13 5.5c3 4.2 3 8.8 0 13M17 3.5c4 5.6 4 11.4 0 17",
  approved: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM7.8 12.4l2.9 2.9 5.6-6",
  declined: "M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM9 9l6 6M15 9l-6 6",
  closed: "M6 10.5h12V21H6zM8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5M12 14.5v2.5",
  processing: "M7 3h10M7 21h10M8 3v3c0 3 4 4 4 6s-4 3-4 6v3M16 3v3c0 3-4 4-4 6s4 3 4 6v3",
  saying: "M4 4.5h16V16h-9.5L6 20v-4H4z",
  online: "M7 18.5a4.3 4.3 0 0 1-.6-8.5A6 6 0 0 1 18 10.6a4 4 0 0 1-.5 7.9zM9 13.6l2.1 2.1 4-4.2",
  offline: "M3.5 3.5l17 17M7 18.5a4.3 4.3 0 0 1-.6-8.5M9.5 6.6A6 6 0 0 1 18 10.6a4 4 0 0 1 2 6.8M7 18.5h8",
  alert: "M12 3.8 21.5 20h-19zM12 10v4.5M12 17.2v.1",
  remove: "M5 7h14M10 7V4.2h4V7M7 7l.9 12.8h8.2L17 7",
  backspace: "M9 5.5h11.5v13H9L3 12zM12.6 9.4l5.2 5.2M17.8 9.4l-5.2 5.2",
  ready: "M5 12.6l4.4 4.4L19 7.4",
  unknown: "M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .6-1.5 1.2-1.5 2.3M12 17.6v.1",
  starting: "M12 4v3M12 17v3M4 12h3M17 12h3M6.3 6.3l2.2 2.2M15.5 15.5l2.2 2.2M6.3 17.7l2.2-2.2M15.5 8.5l2.2-2.2",
  down: "M6 6l12 12M18 6L6 18",
};

const now = {
  view: null, texts: {}, language: chosenLanguage(), run: "", typed: "",
  sent: false, lost: false, heard: performance.now(), tried: 0, drawn: "", looks: "",
};
let source = null;
let waiting = ""; // The last view, until its frame is over.
let settling = 0;

const byId = (id) => document.getElementById(id);

// ---- Words ---------------------------------------------------------------------------------------------

function chosenLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? sessionStorage.getItem("language");
  return LANGUAGES.some(([tag]) => tag === asked) ? asked : document.documentElement.lang;
}

function words(text, values = {}) {
  const sentence = now.texts[now.language]?.[text] ?? text;
  return sentence.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? whole(values[name]) : place));
}

/** A quantity and its unit stay on one line. */
const whole = (text) => text.replace(/(\d) (?=(?:L|kg|m³)(?![\p{L}\d]))/gu, "$1\u00a0");

const said = ({ text, values, own }) => own?.[now.language] ?? words(text, values);

// ---- Small parts ---------------------------------------------------------------------------------------

function el(tag, name, ...inside) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...inside.filter((one) => one !== null && one !== undefined));
  return node;
}

function icon(name, size = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${size}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name] ?? ICONS.saying);
  svg.append(path);
  return svg;
}

function amountOf(screen) {
  if (!screen.amount) return null;
  const number = el("span", "number", screen.amount);
  number.style.setProperty("--chars", Math.max(screen.amount.length, 6));
  const name = screen.state === "approved" ? null : el("span", "name", words(amountName(screen)));
  return el("div", "amount", name, number);
}

function amountName({ state, flow, back }) {
  if (state === "cart") return "Total";
  if (back || ["refund", "void", "recharge_refund"].includes(flow)) return "Given back";
  return { release: "Held at most", recharge: "Recharge", shift: "Amount", deposit: "Amount", invoice: "Amount", company: "Amount" }[flow] ?? "Amount due";
}

function linesOf(screen) {
  if (!screen.lines.length) return null;
  return el("ul", "lines", ...screen.lines.map((line) => {
    const value = line.word ? said(line.word) : whole(line.value);
    const name = value.startsWith("-") ? "off" : value.length > 10 ? "long" : "";
    const row = el("li", name, el("span", "label", said(line.label)), el("span", "value", value));
    if (line.changes) row.querySelector(".label").replaceWith(changeButton(line));
    if (line.ref) row.append(removeButton(line));
    return row;
  }));
}

function changeButton(line) {
  const button = choiceButton({ do: "change", value: line.ref }, "label change", said(line.label));
  button.setAttribute("aria-label", words("Change {line}", { line: said(line.label) }));
  return button;
}

function removeButton(line) {
  const button = choiceButton({ do: "remove", value: line.ref }, "remove", icon("remove"));
  button.setAttribute("aria-label", words("Remove {line}", { line: said(line.label) }));
  return button;
}

function holderOf({ holder }) {
  if (!holder) return null;
  const fact = (name, value) => el("div", "", el("dt", "", words(name)), el("dd", "", value));
  return el("section", "holder",
    el("div", "who", el("strong", "", holder.name || words("Card without a name")),
      holder.tier ? el("span", "tier", holder.tier_said ? said(holder.tier_said) : words(holder.tier)) : null, el("span", "masked", holder.number)),
    el("dl", "", fact(holder.usable_here ? "Usable here" : "Balance", holder.balance),
      holder.as_of ? fact("Balance as of", holder.as_of) : null, fact("Points", holder.points),
      holder.points_ending ? fact("Points ending", holder.points_ending) : null),
    holder.notes?.length ? el("ul", "notes", ...holder.notes.map((note) => el("li", "", said(note)))) : null);
}

function waysOf({ devices }) {
  const way = (kind, name, picture) => {
    const ready = devices.some((device) => device.kind === kind && device.health === "ready");
    const there = devices.some((device) => device.kind === kind);
    if (!there) return null;
    return el("li", ready ? "" : "out", icon(ready ? picture : "down"), words(ready ? name : `${name}: not ready`));
  };
  return el("ul", "ways", way("reader", "Card on the reader", "stored"), way("scanner", "Code at the scanner", "code"));
}

// ---- The receipt: the one thing that comes as HTML, taken over by list ----------------------------------

const PAPER = {
  div: { class: /^(?:receipt|receipt-\d{1,3}|line|big|bold|centred|rule|empty|code)$/, lang: /^[A-Za-z-]{2,12}$/ },
  bdi: { class: /^(?:left|right)$/ },
  svg: { viewBox: /^0 0 \d{1,4} \d{1,4}$/, role: /^img$/, "aria-label": /^[^]{0,500}$/ },
  path: { d: /^[Mhvz0-9 .-]{0,60000}$/ },
};

function paperOf(html) {
  const read = new DOMParser().parseFromString(html, "text/html"); // Runs nothing, loads nothing.
  const paper = el("div", "paper", ...[...read.body.children].map(taken));
  paper.tabIndex = 0;
  paper.setAttribute("role", "region");
  paper.setAttribute("aria-label", words("Receipt"));
  return paper;
}

function taken(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  const allowed = node.nodeType === Node.ELEMENT_NODE ? PAPER[node.localName] : undefined;
  if (!allowed) return "";
  const space = node.localName === "svg" || node.localName === "path" ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const copy = document.createElementNS(space, node.localName);
  for (const [name, form] of Object.entries(allowed)) {
    const value = node.getAttribute(name) ?? "";
    const kept = name === "class" ? value.split(/\s+/).filter((one) => form.test(one)).join(" ") : value;
    if (kept && (name === "class" || form.test(kept))) copy.setAttribute(name, kept);
  }
  copy.append(...[...node.childNodes].map(taken));
  return copy;
}

// ---- Buttons -------------------------------------------------------------------------------------------

function choiceButton(choice, name, ...inside) {
  const button = el("button", name, ...inside);
  button.type = "button";
  button.dataset.id = `${choice.do}:${choice.value}`;
  button.addEventListener("click", () => press(choice, button));
  return button;
}

function withKeys(screen) {
  const main = primaryOf(screen);
  const numbered = screen.choices.some(({ key }) => DIGITS.includes(key)); // As nozzles are: by these alone.
  let place = 0;
  return screen.choices.map((choice) => {
    const digit = numbered || choice === main || choice.do === "cancel" || screen.keying ? "" : DIGITS[place++] ?? "";
    const usual = choice === main ? "Enter" : choice.do === "cancel" ? "Escape" : digit;
    return { ...choice, main: choice === main, key: choice.key || usual };
  });
}

function primaryOf({ choices, state }) {
  const acts = choices.filter((choice) => !isTile(choice));
  const named = acts.find((choice) => PRIMARY.includes(choice.do) && !(state === "cart" && choice.do === "key"));
  return named ?? (acts.length === 1 && acts[0].do !== "cancel" && !choices.some(isTile) ? acts[0] : undefined);
}

const isTile = ({ do: does, value }) => does === "start" ? OFTEN.includes(value) || !beginsOften() : TILES.includes(does) || (does === "key" && value !== "");

/** Where nothing is that is begun often, all that is begun has a large button. */
const beginsOften = () => Boolean(mainOf());

/** What this shop begins most: at a forecourt controller that is a nozzle. */
const mainOf = () => OFTEN.find((flow) => now.view.screen.choices.some((choice) => choice.value === flow));

function keycap(key) {
  const shown = { Enter: "↵", Escape: "Esc", " ": "␣" }[key] ?? key;
  return shown ? el("kbd", "", shown) : null;
}

function actButton(choice) {
  const name = `act ${choice.main ? "primary" : ""} ${choice.do === "cancel" ? "cancel" : ""}`;
  return choiceButton(choice, name, el("span", "", said(choice.label)), keycap(choice.key));
}

function tileButton(choice, quick) {
  const picture = ICONS[choice.value] ? icon(choice.value, "large") : null;
  const name = quick ? "quick" : `tile ${choice.value === mainOf() ? "primary" : ""}`;
  return choiceButton(choice, name, picture, el("span", "", said(choice.label)), keycap(choice.key));
}

function tilesOf({ keying }, choices) {
  const tiles = choices.filter(isTile);
  if (!tiles.length) return null;
  const quick = Boolean(keying);
  const box = el("div", `tiles ${quick ? "quicks" : ""}`, ...tiles.map((tile) => tileButton(tile, quick)));
  box.dataset.count = Math.min(tiles.length, 9);
  return box;
}

function actsOf(screen, choices) {
  const acts = choices.filter((choice) => !isTile(choice) && !(screen.state === "cart" && choice.do === "key"));
  if (screen.state === "keying" && !acts.some((choice) => choice.do === "key")) {
    acts.push({ do: "key", value: "", label: { text: "Continue" }, key: "Enter", main: true });
  }
  const order = (choice) => (choice.main ? 2 : choice.do === "cancel" ? 0 : 1);
  acts.sort((one, other) => order(one) - order(other));
  return acts.length ? el("div", "acts", ...acts.map(actButton)) : null;
}

// ---- Keying --------------------------------------------------------------------------------------------

function keypadOf(screen) {
  const shown = screen.keying === "text" ? wordsField(screen) : el("output", "typed");
  shown.id = "typed";
  const pad = { search: LETTERS, receipt: NUMBERED, text: WORDS }[screen.keying] ?? KEYPAD;
  const keys = pad.map((key) => padKey(key, screen.keying));
  const adds = screen.choices.find((choice) => choice.do === "key" && !choice.value) ?? { label: { text: "Add this amount" } };
  const add = screen.state === "cart" ? choiceButton({ do: "key", value: "" }, "act add", said(adds.label)) : null;
  return el("div", `keypad for-${screen.keying}`, shown, el("div", "keys", ...keys), add);
}

/** A field of the browser's own, so that Chinese can be written in it. */
function wordsField({ title }) {
  const field = el("input", "typed");
  Object.assign(field, { type: "text", autocomplete: "off", spellcheck: false, maxLength: 60 });
  field.setAttribute("aria-label", said(title));
  field.dataset.id = "typed";
  field.addEventListener("input", () => { now.typed = field.value; allow(); });
  return field;
}

function padKey(key, keying) {
  const clears = key === "." && !FORMS[keying].test("0.");
  const button = el("button", "key", key === "Backspace" ? icon("backspace") : clears ? "C" : key === " " ? "␣" : key.toUpperCase());
  button.type = "button";
  button.tabIndex = -1; // The keyboard has digits of its own; Tab goes to what they do not reach.
  button.dataset.key = clears ? "Delete" : key;
  if (key === "Backspace" || clears) button.setAttribute("aria-label", words(clears ? "Clear" : "Delete the last"));
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // Enter must not repeat a digit.
  button.addEventListener("click", () => typeKey(button.dataset.key));
  return button;
}

function typeKey(key) {
  const form = FORMS[now.view?.screen.keying];
  if (!form || now.lost) return;
  let next = now.typed;
  if (key === "Backspace") next = next.slice(0, -1);
  else if (key === "Delete") next = "";
  else if (["search", "receipt", "text"].includes(now.view.screen.keying)) next += key;
  else if (key === "." && next === "") next = "0.";
  else next = next === "0" && key !== "." && !NUMBERS.includes(now.view.screen.keying) ? key : next + key;
  if (form.test(next)) now.typed = next;
  showTyped();
}

function showTyped() {
  const shown = byId("typed");
  if (!shown) return undefined;
  const { keying } = now.view.screen;
  if (keying === "text") {
    if (shown.value !== now.typed) shown.value = now.typed;
    return allow();
  }
  const [between, by] = { phone: [/(?<=^(\d{3}|\d{7}))\B/g, " "], day: [/(?<=^(\d{4}|\d{6}))\B/g, "-"] }[keying] ?? [""];
  const grouped = between ? now.typed.replace(between, by) : now.typed;
  const number = keying === "pin" ? "●".repeat(now.typed.length) || now.view.screen.typed : grouped;
  const before = keying === "amount" || keying === "cash" ? "¥" : "";
  const after = { litres: words("L"), kilograms: "kg", cubic_metres: words("m³"), weight: "kg" }[keying] ?? "";
  const empty = NUMBERS.includes(keying) || ["search", "receipt"].includes(keying) ? "—" : "0";
  shown.replaceChildren(...[before && el("span", "unit", before), el("span", number ? "" : "none", number || empty),
    after && el("span", "unit", after)].filter(Boolean));
  return allow();
}

// ---- The stage -----------------------------------------------------------------------------------------

function stageOf({ screen, status }) {
  const choices = withKeys(screen);
  const title = el("h1", "", said(screen.title));
  title.tabIndex = -1;
  const mark = ["approved", "declined", "saying", "closed"].includes(screen.state) ? icon(screen.state, "mark") : null;
  const head = el("div", "head", mark, title);
  const hint = screen.hint ? el("p", "hint", said(screen.hint)) : null;
  const rest = { hint, amount: amountOf(screen), lines: linesOf(screen), holder: holderOf(screen), tiles: tilesOf(screen, choices) };
  const side = sideOf(screen, status, rest);
  const say = el("section", "say", head, ...troubleOf(screen), ...sayOf(screen, rest, side));
  return [say, side, actsOf(screen, choices)].filter(Boolean);
}

/** Why not, and what to do: the whole screen when it is about that, else a box under the question. */
function troubleOf({ state, advice, code }) {
  const badge = code ? el("b", "", code) : null;
  if (["approved", "declined", "saying", "closed"].includes(state)) {
    return [advice && el("p", "advice", said(advice)), badge && el("p", "answer", words("Code"), " ", badge)].filter(Boolean);
  }
  return advice ? [el("p", "trouble", icon("alert"), el("span", "", said(advice)), badge)] : [];
}

function sayOf({ state }, { hint, amount, lines, holder, tiles }, side) {
  if (state === "idle") return [tiles, lines];
  if (state === "cart") return [tiles, lines ?? el("p", "nothing", icon("code", "large"), words("Nothing scanned yet")), hint, amount];
  return [amount, holder, lines, tiles].filter((part) => part && !side?.contains(part));
}

function sideOf(screen, status, { lines, holder, tiles }) {
  const { state } = screen;
  if (screen.receipt) return el("aside", "side receipt-side", paperOf(screen.receipt));
  if (screen.keying) return el("aside", "side", keypadOf(screen));
  if (state === "ready") return el("aside", "side", el("div", "target", icon("tap", "huge")), waysOf(status));
  if (state === "reading" || state === "processing") return el("aside", "side", el("div", `target ${state}`, icon(state === "reading" ? "stored" : "processing", "huge")));
  if (state === "choosing" && tiles && (screen.amount || lines || holder)) return el("aside", "side", tiles);
  if (state === "confirm" && (lines || holder)) return el("aside", "side", lines, holder);
  return null;
}

function drawStage() {
  const { screen } = now.view;
  const drawn = JSON.stringify([screen, now.language, now.view.status.devices]);
  if (drawn === now.drawn) return;
  const stage = byId("stage");
  const before = stage.contains(document.activeElement) ? document.activeElement.dataset.id ?? "" : null;
  const fresh = Number(stage.dataset.step) !== screen.step;
  const looks = JSON.stringify({ ...screen, step: 0 });
  // Nothing appears under the finger: it is there already. What charges settles each time all the same.
  const again = looks === now.looks && !now.sent && screen.state !== "confirm";
  now.looks = looks;
  now.drawn = drawn;
  stage.className = `${screen.state} ${screen.flow}`;
  stage.dataset.step = screen.step;
  stage.replaceChildren(...stageOf(now.view));
  stage.classList.toggle("alone", stage.querySelector(".side") === null);
  const lines = stage.querySelector(".lines");
  if (lines && ["cart", "choosing", "confirm"].includes(screen.state)) lines.scrollTop = lines.scrollHeight;
  reach();
  if (fresh && !again) settle(screen);
  showTyped();
  allow();
  if (before !== null) {
    const same = before && stage.querySelector(`[data-id="${CSS.escape(before)}"]`);
    (same || stage.querySelector("h1")).focus({ preventScroll: true });
  }
  if (fresh && screen.keying === "text") byId("typed").focus({ preventScroll: true });
}

/** What scrolls is reached by keys too (WCAG 2.2, 2.1.1). */
function reach() {
  for (const lines of byId("stage").querySelectorAll(".lines")) {
    if (lines.scrollHeight > lines.clientHeight) lines.tabIndex = 0;
    else lines.removeAttribute("tabindex");
  }
}

addEventListener("resize", reach);

function settle(screen) {
  clearTimeout(settling);
  now.sent = false;
  byId("stage").dataset.settled = "no";
  settling = setTimeout(() => { byId("stage").dataset.settled = "yes"; allow(); }, SETTLE_MS);
  byId("said").textContent = [said(screen.title), screen.amount, screen.advice && said(screen.advice)].filter(Boolean).join(" ");
}

/** Here, or by codes of the command sheet: of a PIN the page learns no more than its length. */
const isTyped = () => now.typed !== "" || (now.view.screen.keying === "pin" && now.view.screen.typed !== "");

/** Which buttons may be pressed now. */
function allow() {
  const closed = now.sent || byId("stage").dataset.settled !== "yes";
  for (const button of byId("stage").querySelectorAll("button")) {
    const asksTyped = button.dataset.id === "key:" && !isTyped();
    button.disabled = now.lost;
    button.setAttribute("aria-disabled", String(!button.dataset.key && (closed || asksTyped)));
    button.classList.toggle("idle-key", asksTyped);
  }
}

// ---- Always in view ------------------------------------------------------------------------------------

function drawStatus() {
  const { status } = now.view;
  const fact = (name, value) => el("div", "", el("dt", "", words(name)), el("dd", "", value || "—"));
  put("shop", status.shop);
  put("facts", fact("Terminal", status.terminal), fact("Shift", status.shift), fact("Attendant", status.attendant));
  const waiting = el("span", "waiting", el("b", "", String(status.waiting)), " ", words("waiting to send"));
  byId("link").className = status.online ? "online" : "offline";
  put("link", icon(status.online ? "online" : "offline"), el("span", "state", words(status.online ? "Online" : "Offline")), waiting);
  put("devices", ...status.devices.map((device) => deviceOf(device, status.devices)));
  band("training", status.training ? words("Training: nothing here is sold, charged or sent.") : "");
  const told = now.view.screen.state === "closed";  // The screen itself says it.
  band("halted", status.halted && !told ? said(status.halted) : "", status.halted_code);
  band("notice", status.notice ? said(status.notice) : "", status.notice_code);
}

function deviceOf(device, all) {
  const kinds = {
    reader: "Card reader", scanner: "Scanner", printer: "Printer",
    rewriter: "Card rewriter", display: "Customer display", signals: "Sounds and lights", voice: "Voice",
    sam: "Security module", bank_terminal: "Bank terminal", forecourt: "Forecourt controller",
  };
  const several = all.filter((other) => other.kind === device.kind).length > 1;
  const quiet = all.length > FEW && device.health === "ready"; // Then the tick says it.
  const health = { ready: "Ready", starting: "Starting", unknown: "State unknown", down: "Not connected" }[device.health];
  return el("li", device.health, icon(device.health), el("span", "", words(kinds[device.kind] ?? device.kind)),
    several ? el("span", "masked", device.name) : null, el("b", quiet ? "unseen" : "", words(health)));
}

function band(id, text, code = "") {
  if (text) put(id, icon("alert"), el("span", "", text), code ? el("b", "", code) : null);
  byId(id).hidden = !text;
}

/** Only when it differs, so that what reads the page aloud is not told the same again. */
function put(id, ...inside) {
  const box = el("div", "", ...inside.filter((one) => one !== null));
  if (box.innerHTML !== byId(id).innerHTML) byId(id).replaceChildren(...box.childNodes);
}

function drawLanguages() {
  const group = byId("languages");
  group.setAttribute("aria-label", words("Language"));
  group.replaceChildren(...LANGUAGES.map(([tag, name]) => {
    const button = el("button", "", name);
    button.type = "button";
    button.lang = tag;
    button.setAttribute("aria-pressed", String(tag === now.language));
    button.addEventListener("click", () => speak(tag));
    return button;
  }));
}

async function speak(language) {
  if (!(await learn(language))) return; // It goes on in the language that it has.
  now.language = language;
  sessionStorage.setItem("language", language);
  draw(); // Its button is drawn anew and out of focus, so that Enter is the question's again.
}

function draw() {
  document.documentElement.lang = now.language;
  drawLanguages();
  band("lost", now.lost ? words("Not connected to the terminal. Nothing can be touched; trying again.") : "");
  if (!now.view) return;
  document.title = `${now.view.status.terminal} · ${now.view.status.shop}`;
  drawStatus();
  drawStage();
}

// ---- Touches and keys ----------------------------------------------------------------------------------

async function press(choice, button) {
  if (button.disabled || button.getAttribute("aria-disabled") === "true") return;
  const { step } = now.view.screen;
  const typed = choice.do === "key" && !choice.value ? now.typed.replace(/\.$/, "") : null;
  now.sent = true;
  if (typed !== null) now.typed = ""; // The next screen may stand there before the answer: what is keyed on it stays.
  button.classList.add("sent");
  allow();
  const answer = await posted({ step, do: choice.do, value: typed ?? choice.value ?? "" });
  if (answer !== 204 && typed !== null && now.view.screen.step === step && !now.typed) now.typed = typed;
  if (answer === 0) byId("said").textContent = words("Not sent. Touch again.");
  if (answer === 403) connect();
  setTimeout(() => release(step, button), answer === 204 ? TAKEN_MS : 0);
  showTyped();
}

function release(step, button) {
  if (now.view.screen.step !== step) return;
  now.sent = false;
  button.classList.remove("sent");
  allow();
}

/** The answer's status; 0 when there was none. */
async function posted(intent) {
  try {
    const answer = await fetch("/intent", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Terminal-Run": now.run },
      body: JSON.stringify(intent),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.status;
  } catch {
    return 0;
  }
}

/** Digits by their place on the board, so that no input method can swallow them. */
function keyOf(event) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit && !event.shiftKey) return digit[1];
  return { NumpadDecimal: ".", Period: ".", NumpadEnter: "Enter" }[event.code] ?? event.key;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !now.view) return;
  const key = keyOf(event);
  const focused = document.activeElement;
  const onButton = focused?.tagName === "BUTTON" && !focused.classList.contains("idle-key");
  if (event.repeat && !["Tab", "Backspace", "PageUp", "PageDown"].includes(key) && !key.startsWith("Arrow")) return event.preventDefault();
  if (onButton && (key === "Enter" || key === " ")) return undefined;
  const { keying } = now.view.screen;
  if (keying === "text" && !["Enter", "Escape", "Tab"].includes(event.key)) {
    if (event.key.length === 1 || event.key === "Backspace") byId("typed")?.focus();
    return undefined; // The field takes it.
  }
  const typed = { search: /^[\p{L}\d]$/u, receipt: /^[A-Za-z\d.-]$/ }[keying] ?? /^[\d.]$/;
  if (keying && (typed.test(key) || key === "Backspace" || key === "Delete")) {
    event.preventDefault();
    focused?.blur(); // Enter goes with what was keyed, not with a button that was in focus before.
    return typeKey(key);
  }
  if (key === "ArrowRight" || key === "ArrowLeft") return step(event, key === "ArrowRight" ? 1 : -1);
  const button = buttonFor(key);
  if (!button) return undefined;
  event.preventDefault();
  return button.click();
});

function buttonFor(key) {
  const { screen } = now.view;
  const find = (id) => byId("stage").querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (key === "Enter" && screen.keying && isTyped()) return find("key:");
  const choice = withKeys(screen).find((one) => one.key === key);
  if (choice) return find(`${choice.do}:${choice.value}`);
  return key === "Enter" && screen.keying ? find("key:") : null;
}

function step(event, by) {
  const buttons = [...byId("stage").querySelectorAll("button:not([tabindex='-1'])")];
  if (!buttons.length) return;
  const at = buttons.indexOf(document.activeElement);
  event.preventDefault();
  buttons[at < 0 ? (by > 0 ? 0 : buttons.length - 1) : (at + by + buttons.length) % buttons.length].focus();
}

// ---- The wire ------------------------------------------------------------------------------------------

function connect() {
  source?.close();
  waiting = "";
  now.tried = performance.now();
  source = new EventSource("/events");
  source.addEventListener("hello", (event) => greet(JSON.parse(event.data)));
  source.addEventListener("beat", () => { now.heard = performance.now(); });
  source.addEventListener("view", (event) => take(event.data));
  source.addEventListener("error", () => { source.close(); setTimeout(retry, RETRY_MS); });
}

async function retry() {
  if (source.readyState !== EventSource.CLOSED) return;
  await learn(now.language); // Says also whether this screen is still let in; events do not.
  connect();
}

async function greet({ run, version }) {
  now.heard = performance.now();
  if (run !== now.run) delete byId("stage").dataset.step; // Steps of another run count for nothing.
  now.run = run;
  if (version !== document.documentElement.dataset.version && sessionStorage.getItem("reloaded") !== version) {
    sessionStorage.setItem("reloaded", version); // Once a version: never a loop.
    return location.reload();
  }
  await learn(now.language);
  return draw();
}

/** Whether the sentences of that language are here; until the next greeting it is English else. */
async function learn(language) {
  try {
    const answer = await fetch(`/texts/${language}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 401) location.replace("/enter");
    if (!answer.ok) return false;
    now.texts[language] = await answer.json();
    now.drawn = "";
    return true;
  } catch {
    return false;
  }
}

/** Whether what was typed is meant for this screen too: goods are added, or something was shown that nobody asked for. */
function sameQuestion(old, screen) {
  if (old.state === "cart" && screen.state === "cart") return true;
  const again = old.state === screen.state && old.keying === screen.keying && old.title.text === screen.title.text;
  return old.step === screen.step || (again && screen.step === old.step + 1);
}

/** What a code of the command sheet has keyed goes on here; a PIN stays with the terminal. */
function takeTyped({ typed, keying }) {
  now.typed = keying === "pin" ? "" : typed;
}

function show(view) {
  now.heard = performance.now();
  const old = now.view?.screen;
  if (old && !sameQuestion(old, view.screen)) now.typed = "";
  if (view.screen.typed !== (old?.typed ?? "")) takeTyped(view.screen);
  now.view = view;
  now.lost = false;
  draw();
  allow();
}

/** At once; but of what comes while that is drawn the last alone, or a slow page shows what was. */
function take(data) {
  const free = !waiting;
  waiting = data;
  if (free) drawNext(data);
}

function drawNext(data) {
  setTimeout(() => {
    if (waiting && waiting !== data) drawNext(waiting);
    else waiting = "";
  }, FRAME_MS);
  show(JSON.parse(data));
}

setInterval(() => {
  const quiet = performance.now() - now.heard;
  if (quiet < QUIET_MS) return;
  if (!now.lost) {
    now.lost = true;
    draw();
    allow(); // None.
  }
  if (performance.now() - now.tried > QUIET_MS) connect();
}, WATCH_MS);

await learn(now.language);
draw();
connect();
