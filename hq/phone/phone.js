// The code is fetched anew before it ends, and whenever the page is looked at again.
"use strict";
const code = document.querySelector("#code img");
const told = document.querySelector("#code [role=status]");
const EVERY_MS = 45_000;
const SILENT_MS = 10_000;
let since = Date.now();
let at = 0;
let came = code.complete;

function renew() {
  since = Date.now();
  at += 1;
  came = false;
  code.src = `${code.dataset.from}?n=${at}-${since}`;
}

function shown(good) {
  code.hidden = !good;
  told.hidden = good;
}

code.addEventListener("error", () => shown(false));
code.addEventListener("load", () => {
  came = true;
  shown(true);
});
setInterval(() => {
  if (!came && Date.now() - since >= SILENT_MS) shown(false);
  if (!document.hidden && Date.now() - since >= EVERY_MS) renew();
}, 1_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) renew();
});
