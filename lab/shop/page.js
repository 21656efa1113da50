// Shows what stands on the bench and tells the lab what a hand did with it.
const byId = (id) => document.getElementById(id);

async function act(what, value) {
  await fetch("/do", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Bench": "1" },
    body: JSON.stringify({ what, value }),
  });
}

function row(label, note, button, pressed, onPress) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  text.textContent = label;
  if (note) text.append(Object.assign(document.createElement("small"), { textContent: note }));
  const key = Object.assign(document.createElement("button"), { textContent: button, type: "button" });
  if (pressed !== undefined) key.setAttribute("aria-pressed", String(pressed));
  key.addEventListener("click", onPress);
  item.append(text, key);
  return item;
}

// Codes under what they are there for.
function grouped(codes) {
  return [...new Set(codes.map((code) => code.group))].flatMap((group) => [
    Object.assign(document.createElement("li"), { className: "group", textContent: group }),
    ...codes.filter((code) => code.group === group).map((code) =>
      row(code.label, code.note, "Scan", undefined, () => act("scan", code.text))),
  ]);
}

function show(bench) {
  byId("kiosk").href = bench.kiosk;
  byId("cards").replaceChildren(...bench.cards.map((card) =>
    row(card.label, card.note, card.present ? "Take away" : "Present", card.present, () => act("card", card.id))));
  byId("codes").replaceChildren(...grouped(bench.codes));
  byId("acquirer").hidden = !bench.whims.length;
  byId("whims").replaceChildren(...bench.whims.map((whim) =>
    row(whim.id, "", "Next", whim.id === bench.expected, () => act("whim", whim.id))));
  byId("switches").replaceChildren(...bench.switches.map((one) =>
    row(one.label, one.note, one.on ? one.off_label : one.on_label, !one.on, () => act("switch", one.id))));
  byId("display").textContent = bench.display.join("\n");
  byId("signals").replaceChildren(...bench.signals.map((one) =>
    Object.assign(document.createElement("li"), { textContent: one })));
  byId("note").textContent = bench.note;
  byId("paper").innerHTML = bench.paper.join(""); // Escaped where it is made.
}

byId("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.text;
  if (field.value) act("scan", field.value);
  field.value = "";
});

new EventSource("/events").addEventListener("message", (event) => show(JSON.parse(event.data)));
