// The page where people join: draws a code of the phone number that was keyed. The number goes nowhere.

import { drawn } from "/qr.js";

const LANGUAGES = [["zh-Hans", "简体"], ["zh-Hant", "繁體"], ["en", "English"]];
const PHONE = /^1\d{10}$/;
const PLATE = /^[\u4e00-\u9fff][A-HJ-Z](?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9\u4e00-\u9fff]|[A-HJ-NP-Z0-9]{6})$/; // GA 36
const BADGE = /^#(ST-\d{4,8})$/; // Of the attendant whose code led here.

const byId = (id) => document.getElementById(id);

function spoken() {
  for (const tag of navigator.languages) {
    if (/^zh\b.*\b(?:Hant|TW|HK|MO)\b/i.test(tag)) return "zh-Hant";
    if (/^zh\b/i.test(tag)) return "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return document.documentElement.lang;
}

async function speak(language) {
  let said = {};
  try {
    said = await (await fetch(`/texts/${language}`)).json();
  } catch {
    // It is English then.
  }
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-text]")) {
    node.textContent = said[node.dataset.text] ?? node.dataset.text;
  }
  for (const button of byId("languages").children) {
    button.setAttribute("aria-pressed", button.lang === language);
  }
}

function show(event) {
  event.preventDefault();
  const phone = byId("phone").value.replace(/[\s-]/g, "").replace(/^\+?86(?=1\d{10}$)/, "");
  byId("wrong").hidden = PHONE.test(phone);
  if (!PHONE.test(phone)) return byId("phone").focus();
  const plate = byId("plate").value.toUpperCase().replace(/[\s\u00b7-]/g, "");
  byId("no-plate").hidden = !plate || PLATE.test(plate);
  if (!byId("no-plate").hidden) return byId("plate").focus();
  byId("number").textContent = phone.replace(/^(\d{3})(\d{4})/, "$1 $2 ");
  byId("code").replaceChildren(drawn(spelled(phone, plate)));
  ask(false);
}

/** What a scanner's keyboard has not is its number in Unicode. */
function spelled(phone, plate) {
  const far = (one) => `.${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const badge = BADGE.exec(location.hash)?.[1] ?? "";
  const parts = [phone, plate.replace(/[^0-9A-Z]/g, far), badge];
  while (!parts.at(-1)) parts.pop();
  return `JOIN:${parts.join(":")}`;
}

function ask(asks) {
  byId("asking").hidden = !asks;
  byId("showing").hidden = asks;
  if (asks) byId("phone").focus();
  else byId("again").focus();
}

for (const [tag, name] of LANGUAGES) {
  const button = document.createElement("button");
  button.type = "button";
  button.lang = tag;
  button.textContent = name;
  button.addEventListener("click", () => speak(tag));
  byId("languages").append(button);
}
byId("asking").addEventListener("submit", show);
byId("again").addEventListener("click", () => ask(true));
await speak(spoken());
ask(true);
