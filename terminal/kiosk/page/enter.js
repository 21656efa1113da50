// The entrance: shows the word of the link once and goes on to the page; without one it says what to do.

const RETRY_MS = 500;
const word = location.hash.slice(1);
const asked = new URLSearchParams(location.search);
const page = asked.get("to") === "display" ? "/display" : "/";
const headers = { "Content-Type": "application/json" };

async function enter() {
  try {
    const answer = await fetch("/enter", { method: "POST", headers, body: JSON.stringify({ word }) });
    if (answer.ok) location.replace(page + location.search);
    else document.getElementById("refused").hidden = false;
  } catch {
    setTimeout(enter, RETRY_MS); // The terminal is away for a moment.
  }
}

history.replaceState(null, "", location.pathname + location.search); // A word is for nobody else's eyes.
enter();
