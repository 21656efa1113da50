// What on the page is cut off, too small, or too pale. Returns sentences; none is good.
() => {
  const found = [];
  const root = document.documentElement;
  const vertical = innerWidth >= 1000 || innerHeight >= 1200; // Smaller windows may scroll their stage, never sideways.
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0 && !node.closest(".unseen, [hidden]");
  const name = (node) => `${node.tagName.toLowerCase()}.${node.className.baseVal ?? node.className} "${node.textContent.trim().slice(0, 30)}"`;
  if (root.scrollWidth > root.clientWidth) found.push(`page is ${root.scrollWidth - root.clientWidth} px too wide`);
  const stage = document.getElementById("stage");
  if (stage.scrollWidth > stage.clientWidth + 1) found.push("stage is too wide");
  if (vertical && stage.scrollHeight > stage.clientHeight + 1) found.push(`stage is ${stage.scrollHeight - stage.clientHeight} px too high`);

  const say = document.querySelector(".say");
  const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowY);
  if (vertical && say && scrolls(say) && say.scrollHeight > say.clientHeight + 1) found.push(`what is said is ${say.scrollHeight - say.clientHeight} px too high`);
  for (const node of document.querySelectorAll("body *")) {
    if (!shown(node) || node.closest("svg, noscript")) continue;
    const box = node.getBoundingClientRect();
    if (box.left < -1 || box.right > innerWidth + 1) found.push(`${name(node)} leaves the window`);
    const own = [...node.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
    if (own && node.id !== "shop" && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== "inline") found.push(`${name(node)} is cut off`);
    if (node.tagName === "BUTTON" && (box.width < 47.5 || box.height < 47.5)) found.push(`${name(node)} is ${box.width} x ${box.height}`);
    if (own) pale(node);
    if (!own) continue;
    let over = node.parentElement;
    while (over !== document.body && !scrolls(over)) {
      const frame = over.getBoundingClientRect();
      if (box.bottom > frame.bottom + 2 || box.top < frame.top - 2) { found.push(`${name(node)} leaves ${name(over)}`); break; }
      over = over.parentElement;
    }
  }
  for (const button of document.querySelectorAll("main button, header button")) {
    button.scrollIntoView({ block: "center" });
    const box = button.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!button.contains(top)) found.push(`${name(button)} cannot be touched`);
  }
  const order = [...(vertical ? stage.querySelectorAll(".say, .side, .acts") : [])].map((one) => one.getBoundingClientRect());
  order.forEach((one, at) => order.slice(at + 1).forEach((other) => {
    if (one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1) found.push("parts lie over each other");
  }));
  // ISO 9241-303 (before, 9241-3): a character is 16 minutes of arc high at least. From two metres that is 9.3 mm.
  const least = 2 * 2000 * Math.tan((Math.PI / 180 / 60) * (16 / 2));
  // The height of one pixel, in mm: of the usual panels of 7 inches (154.2 x 85.9 mm) and of 10.1 inches.
  const pitch = { "1024x600": 85.9 / 600, "1280x800": 135.6 / 800, "800x1280": 217 / 1280 }[`${innerWidth}x${innerHeight}`];
  for (const node of pitch ? stage.querySelectorAll(".amount .number, .row .value") : []) {
    const height = digitHeight(node) * pitch;
    if (height < least) found.push(`${name(node)} is ${height.toFixed(1)} mm high, of ${least.toFixed(1)}`);
  }
  return found;

  function digitHeight(node) {
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(node);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    return pen.measureText("1").actualBoundingBoxAscent;
  }
  function rgba(text) {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  }
  function over(top, under) {
    const mix = (name) => top[name] * top.alpha + under[name] * (1 - top.alpha);
    return { red: mix("red"), green: mix("green"), blue: mix("blue"), alpha: 1 };
  }
  function ground(node) {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      layers.push(colour);
      if (colour.alpha === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), { red: 255, green: 255, blue: 255, alpha: 1 });
  }
  function luminance(colour) { // WCAG 2.2, relative luminance.
    const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(colour.red) + 0.7152 * part(colour.green) + 0.0722 * part(colour.blue);
  }
  function pale(node) {
    if (node.closest("button:disabled")) return;
    const under = ground(node);
    const opacity = Number(getComputedStyle(node).opacity);
    const text = rgba(getComputedStyle(node).color);
    const [light, dark] = [luminance(over({ ...text, alpha: text.alpha * opacity }, under)), luminance(under)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(`${name(node)} has contrast ${ratio.toFixed(2)}`);
  }
}
