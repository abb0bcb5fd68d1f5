"use strict";

/* The networks at work: where the page reader saw digits, and what the first network for single digits made of the chosen one. */

let classes = [];
let looking = 0;
let seen = null; // {image, label}: what the network saw of the chosen digit, and the number of the class it read
let outputs = []; // what each layer made of it: {name, shape, values}
let views = []; // a MapView for each, the first one of what it saw

function showHeat(heat) {
  element.heat.replaceChildren(...Object.entries(heat).map(([name, { shape, data }]) => {
    const canvas = make("canvas"), values = bytes(data);
    paint(canvas, shape[1], shape[0], (x, y) => new Array(3).fill(Math.sqrt(255 * values[y * shape[1] + x])));
    return captioned(canvas, name, shape);
  }));
  element.finding.hidden = !Object.keys(heat).length;
}

async function lookAt(digit) {
  const turn = ++looking;
  element.insideHint.textContent = digit === null ? say.insideHint : say.insideClick;
  element.answer.hidden = digit === null;
  if (digit === null) {
    seen = null;
    outputs = [];
    views.splice(1);
    element.scopes.replaceChildren();
    refreshCell();
    refreshWhy();
    return;
  }
  seen = { image: bytes(digit.image), label: classes.indexOf(digit.label) };
  paintSeen();
  const order = digit.probabilities.map((p, i) => [p, i]);
  if (order.length > 12) order.sort((a, b) => b[0] - a[0]).splice(12);
  element.bars.replaceChildren(...order.map(([p, i]) => {
    const bar = make("i");
    bar.style.width = `${100 * p}%`;
    return make("div", { className: "bar" }, make("span", { textContent: classes[i] }), make("span", {}, bar),
      make("span", { textContent: percent(p) }));
  }));
  try {
    const found = await source.look(seen.image);
    if (turn !== looking) return;
    showLayers(found);
  } catch { return; }
  refreshCell();
  refreshWhy();
}

function showLayers(found) {
  outputs = found;
  if (views.length !== outputs.length) {
    views[0] ??= seenView(outputs[0].shape);
    views = [views[0], ...outputs.slice(1).map(({ name, shape }, i) =>
      new MapView(planOf(shape), say.map(name, shape.join(" × ")), (cell) => openCell(i + 1, cell)))];
    element.scopes.replaceChildren(...views.slice(1).map((view, i) => captioned(view.frame, outputs[i + 1].name, outputs[i + 1].shape)));
  }
  views.slice(1).forEach((view, i) => view.show(greys(outputs[i + 1].values)));
}

// Of the first layer without its margin: that is what the network saw.
function seenView(shape) {
  return new MapView(planOf(shape, { inset: (shape[0] - 28) / 2 }), say.map(say.seen, "28 × 28"), (cell) => openCell(0, cell), element.seen);
}

function paintSeen() {
  if (seen) paintGrey(element.seen, seen.image, 28, 28);
}

function seenPixels() {
  return Float32Array.from(seen.image, (value) => value / 255);
}

function captioned(shown, name, shape) {
  return make("figure", {}, shown, make("figcaption", { textContent: `${name}  ${shape.join(" × ")}` }));
}

function percent(p) {
  return p >= 0.9995 ? "100%" : `${(100 * p).toFixed(1)}%`;
}
