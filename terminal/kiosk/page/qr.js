// QR codes of version 1-M to 3-M (ISO/IEC 18004): up to 61 digits, capitals and signs, and one of their eight masks.

const QUIET = 4;
const VERSIONS = [[21, 16, 10, 20], [25, 28, 16, 38], [29, 44, 26, 61]]; // Side, bytes of data and checks, signs.
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const FORMAT = "101010000010010"; // Level M, mask 0: black where row and column together are even.

const bits = (number, length) => number.toString(2).padStart(length, "0");

function multiplied(one, other) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ (product & 0x80 ? 0x11d : 0);
    if ((other >> bit) & 1) product ^= one;
  }
  return product;
}

function data(text, room) {
  let stream = "0010" + bits(text.length, 9);
  for (let at = 0; at < text.length; at += 2) {
    const [first, second] = [...text.slice(at, at + 2)].map((sign) => SIGNS.indexOf(sign));
    stream += second === undefined ? bits(first, 6) : bits(first * 45 + second, 11);
  }
  stream = (stream + "0000").slice(0, room * 8);
  stream = stream.padEnd(Math.ceil(stream.length / 8) * 8, "0");
  const bytes = stream.match(/.{8}/g).map((byte) => parseInt(byte, 2));
  for (let filler = 0xec; bytes.length < room; filler ^= 0xec ^ 0x11) bytes.push(filler);
  return bytes;
}

function checks(bytes, count) {
  let generator = [1];
  for (let power = 0, root = 1; power < count; power += 1, root = multiplied(root, 2)) {
    const longer = [...generator, 0];
    generator.forEach((factor, at) => { longer[at + 1] ^= multiplied(factor, root); });
    generator = longer;
  }
  const rest = [...bytes, ...Array(count).fill(0)];
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = rest[at];
    generator.forEach((factor, offset) => { rest[at + offset] ^= multiplied(factor, lead); });
  }
  return rest.slice(bytes.length);
}

/** Rows of 0 and 1. */
export function modules(text) {
  const [size, room, count] = VERSIONS.find((version) => text.length <= version[3]);
  const rows = Array.from({ length: size }, () => Array(size).fill(null));
  const finder = (top, left) => {
    for (let y = -1; y <= 7; y += 1) {
      for (let x = -1; x <= 7; x += 1) {
        if (rows[top + y]?.[left + x] === undefined) continue;
        const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
        rows[top + y][left + x] = ring === 2 || ring === 4 ? 0 : 1;
      }
    }
  };
  finder(0, 0);
  finder(0, size - 7);
  finder(size - 7, 0);
  for (let y = -2; y <= 2 && size > 21; y += 1) {
    for (let x = -2; x <= 2; x += 1) rows[size - 7 + y][size - 7 + x] = Math.max(Math.abs(y), Math.abs(x)) === 1 ? 0 : 1;
  }
  for (let at = 8; at < size - 8; at += 1) rows[6][at] = rows[at][6] = 1 - (at % 2);
  rows[size - 8][8] = 1;
  [...FORMAT].forEach((bit, at) => {
    const value = Number(bit);
    if (at < 6) rows[8][at] = value;
    else if (at < 8) rows[8][at + 1] = value;
    else if (at === 8) rows[7][8] = value;
    else rows[14 - at][8] = value;
    if (at < 7) rows[size - 1 - at][8] = value;
    else rows[8][size - 15 + at] = value;
  });
  const bytes = data(text, room);
  const stream = [...bytes, ...checks(bytes, count)].map((byte) => bits(byte, 8)).join("");
  let next = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1; // The line of every other module.
    for (let step = 0; step < size; step += 1) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        rows[y][x] = Number(stream[next] ?? 0) ^ ((y + x) % 2 === 0 ? 1 : 0);
        next += 1;
      }
    }
  }
  return rows;
}

/** An SVG element, black on what is behind it. */
export function drawn(text) {
  const space = "http://www.w3.org/2000/svg";
  const rows = modules(text);
  const side = rows.length + 2 * QUIET;
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", `0 0 ${side} ${side}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", text);
  picture.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(space, "path");
  const black = rows.flatMap((row, y) => row.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")));
  path.setAttribute("d", black.join(""));
  picture.append(path);
  return picture;
}
