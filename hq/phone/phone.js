// The code is fetched anew before it ends, and whenever the page is looked at again.
"use strict";
const code = document.querySelector("#code img");
const told = document.querySelector("#code [role=status]");
const EVERY_MS = 45_000;
let since = Date.now();
let at = 0;

function renew() {
  since = Date.now();
  at += 1;
  code.src = `${code.dataset.from}?n=${at}-${since}`;
}

code.addEventListener("error", () => {
  code.hidden = true;
  told.hidden = false;
});
code.addEventListener("load", () => {
  code.hidden = false;
  told.hidden = true;
});
setInterval(() => {
  if (!document.hidden && Date.now() - since >= EVERY_MS) renew();
}, 1_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) renew();
});
