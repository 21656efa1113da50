// The page where people join: draws a code of the phone number that was keyed. The number goes nowhere.

import { drawn } from "/qr.js";

const LANGUAGES = [["zh-Hans", "简体"], ["zh-Hant", "繁體"], ["en", "English"]];
const PHONE = /^1\d{10}$/;

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
  byId("number").textContent = phone.replace(/^(\d{3})(\d{4})/, "$1 $2 ");
  byId("code").replaceChildren(drawn(`JOIN:${phone}`));
  ask(false);
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
