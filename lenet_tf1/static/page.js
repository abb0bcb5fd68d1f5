"use strict";

/* Drawing, what is read, and the network at work. */

const HEIGHT = 360; // of the drawing area, in units of its own; the pen's width is in the same
const PAUSE = 250; // milliseconds between two recognitions while the pen moves

const paper = element.canvas.getContext("2d");

let strokes = []; // {width, points: [[x, y], ...]}
let picture = null; // a Blob that was dropped, pasted or opened
let pointer = null; // the one that draws
let found = null; // the server's last answer
let chosen = 0;
let busy = false, again = false, timer = null, version = 0;

/* ---- drawing ---- */

function width() {
  const box = element.canvas.getBoundingClientRect();
  return Math.max(1, Math.round((HEIGHT * box.width) / Math.max(1, box.height)));
}

function drawStrokes(context, scale, color) {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = color;
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
}

function redraw() {
  const box = element.canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  element.canvas.width = Math.round(box.width * ratio);
  element.canvas.height = Math.round(box.height * ratio);
  drawStrokes(paper, element.canvas.height / HEIGHT, getComputedStyle(document.body).color);
  element.hint.hidden = strokes.length > 0 || picture !== null;
  element.undo.disabled = strokes.length === 0;
  element.clear.disabled = strokes.length === 0 && picture === null;
}

// The drawing area has another size now, and the boxes in it other places.
function fitAgain() {
  redraw();
  if (found) recognizeSoon(PAUSE);
}

function place(event) {
  const box = element.canvas.getBoundingClientRect();
  const scale = HEIGHT / box.height;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

function begin(point) {
  if (picture) forget();
  strokes.push({ width: Number(element.pen.value), points: [point] });
  redraw();
}

function extend(points) {
  strokes.at(-1).points.push(...points);
  redraw();
  recognizeSoon(PAUSE);
}

element.canvas.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button !== 0) return;
  pointer = event.pointerId;
  element.canvas.setPointerCapture(pointer);
  element.cursor.hidden = true;
  begin(place(event));
  event.preventDefault();
});
element.canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  extend((events.length ? events : [event]).map(place));
});
for (const kind of ["pointerup", "pointercancel"]) {
  element.canvas.addEventListener(kind, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    recognizeSoon(0);
  });
}

function forget() {
  picture = null;
  element.picture.hidden = true;
  URL.revokeObjectURL(element.picture.src);
  element.picture.removeAttribute("src");
}

// The stroke that is being drawn ends, so that the pen's next moves belong to no other one.
function liftPen() {
  pointer = null;
  pen.down = false;
  element.cursor.classList.remove("down");
}

function undo() {
  liftPen();
  strokes.pop();
  redraw();
  recognizeSoon(0);
}

function clear() {
  liftPen();
  strokes = [];
  if (picture) forget();
  redraw();
  recognizeSoon(0);
}

element.undo.addEventListener("click", undo);
element.clear.addEventListener("click", clear);
element.pen.addEventListener("input", () => element.pen.setAttribute("aria-valuetext", element.pen.value));

/* ---- the keyboard as a pen ---- */

const pen = { at: null, down: false };

element.canvas.addEventListener("keydown", (event) => {
  pen.at ??= [width() / 2, HEIGHT / 2];
  if (event.key in ARROWS) {
    const step = event.shiftKey ? 4 : 16;
    const limits = [width(), HEIGHT];
    pen.at = pen.at.map((value, i) => Math.min(limits[i] - 2, Math.max(2, value + step * ARROWS[event.key][i])));
    if (pen.down) extend([pen.at]);
  } else if (event.key === " ") {
    pen.down = !pen.down;
    if (pen.down) begin(pen.at);
    else recognizeSoon(0);
  } else return;
  event.preventDefault();
  element.cursor.hidden = false;
  element.cursor.classList.toggle("down", pen.down);
  element.cursor.style.left = `${(100 * pen.at[0]) / width()}%`;
  element.cursor.style.top = `${(100 * pen.at[1]) / HEIGHT}%`;
});
element.canvas.addEventListener("blur", () => { element.cursor.hidden = true; pen.down = false; });

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && strokes.length) {
    event.preventDefault();
    undo();
  } else if (event.key === "Escape") {
    if (opened) closeCell();
    else clear();
  }
});

/* ---- pictures ---- */

function show(file) {
  if (!file || source.alone) return;
  clear();
  picture = file;
  element.picture.src = URL.createObjectURL(file);
  element.picture.hidden = false;
  redraw();
  recognizeSoon(0);
}

element.open.addEventListener("click", () => element.file.click());
element.file.addEventListener("change", () => { show(element.file.files[0]); element.file.value = ""; });
document.addEventListener("paste", (event) => show([...event.clipboardData.files].find((f) => f.type.startsWith("image/"))));
document.addEventListener("dragover", (event) => { event.preventDefault(); element.paper.classList.add("dropping"); });
document.addEventListener("dragleave", () => element.paper.classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  element.paper.classList.remove("dropping");
  show(event.dataTransfer.files[0]);
});

/* ---- recognition ---- */

function recognizeSoon(pause) {
  version += 1;
  if (pause === 0) {
    clearTimeout(timer);
    timer = null;
    recognize();
  } else timer ??= setTimeout(() => { timer = null; recognize(); }, pause);
}

function drawn() {
  const canvas = make("canvas", { width: width(), height: HEIGHT });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawStrokes(context, 1, "black");
  return canvas;
}

async function recognize() {
  if (busy) { again = true; return; }
  busy = true;
  const asked = version;
  try {
    if (!strokes.length && !picture) present(null);
    else {
      const answer = await source.read(picture, drawn());
      if (asked === version || strokes.length || picture) present(answer);
    }
  } catch (error) {
    present(null, error.told ?? say.unreachable);
    if (error.again) setTimeout(() => { if (asked === version) recognize(); }, 1000 * error.again);
  }
  busy = false;
  if (again) { again = false; recognize(); }
}

function present(answer, message = "") {
  const before = found ? found.digits.length : 0;
  found = answer;
  const digits = answer ? answer.digits : [];
  element.text.textContent = answer ? answer.text.join(" ") : "";
  const doubtful = digits.some((digit) => digit.doubted);
  element.message.textContent = message || (answer && !digits.length ? say.nothing : doubtful ? say.unsure : "");
  if (digits.length !== before) chosen = Math.max(0, digits.length - 1); // the newest, unless another was asked for
  element.digits.replaceChildren(...digits.map((digit, i) => {
    const button = document.createElement("button");
    button.setAttribute("role", "option");
    button.classList.toggle("unsure", digit.doubted);
    const canvas = document.createElement("canvas");
    paintGrey(canvas, bytes(digit.image), 28, 28);
    const label = document.createElement("small");
    label.textContent = `${digit.label} ${percent(digit.probability)}`;
    button.append(canvas, label);
    button.addEventListener("click", () => choose(i));
    return button;
  }));
  const [w, h] = answer ? answer.size : [1, 1];
  const fit = contained(w, h);
  element.boxes.replaceChildren(...digits.map((digit) => {
    const box = document.createElement("span");
    const [left, top, boxWidth, boxHeight] = digit.box;
    const margin = 4;
    box.style.left = `${fit.left + left * fit.scale - margin}px`;
    box.style.top = `${fit.top + top * fit.scale - margin}px`;
    box.style.width = `${boxWidth * fit.scale + 2 * margin}px`;
    box.style.height = `${boxHeight * fit.scale + 2 * margin}px`;
    box.classList.toggle("unsure", digit.doubted);
    const label = document.createElement("b");
    label.textContent = digit.doubted ? `${digit.label}?` : digit.label;
    box.append(label);
    return box;
  }));
  showHeat(answer?.heat ?? {});
  if (digits.length) {
    choose(chosen);
    document.dispatchEvent(new Event("read"));
  } else lookAt(null);
}

function contained(w, h) {
  const box = element.paper.getBoundingClientRect();
  const scale = Math.min(box.width / w, box.height / h);
  return { scale, left: (box.width - w * scale) / 2, top: (box.height - h * scale) / 2 };
}

function choose(i) {
  chosen = i;
  [...element.digits.children].forEach((button, j) => button.setAttribute("aria-selected", String(i === j)));
  [...element.boxes.children].forEach((box, j) => box.classList.toggle("chosen", i === j && found.digits.length > 1));
  lookAt(found.digits[i]);
}

/* ---- the networks at work ---- */

function showHeat(heat) {
  element.heat.replaceChildren(...Object.entries(heat).map(([name, { shape, data }]) => {
    const canvas = make("canvas"), values = bytes(data);
    paint(canvas, shape[1], shape[0], (x, y) => new Array(3).fill(Math.sqrt(255 * values[y * shape[1] + x])));
    return captioned(canvas, name, shape);
  }));
  element.finding.hidden = !Object.keys(heat).length;
}

let classes = [];
let looking = 0;
let seen = null; // {image, label}: what the network saw of the chosen digit, and the number of the class it read
let outputs = []; // what each layer made of it: {name, shape, values}
let views = []; // a MapView for each, the first one of what it saw

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

/* ---- beginning ---- */

async function learnState() {
  let health;
  try {
    health = await source.health();
  } catch {
    element.message.textContent = say.unreachable;
    setTimeout(learnState, 2000);
    return;
  }
  const ready = health.status === "ok";
  const command = `python -m lenet_tf1.train --recipe page --run-dir ${health.run_dir}`;
  element.command.textContent = command;
  element.untrained.hidden = ready;
  for (const section of [element.drawing, element.reading, element.inside]) section.hidden = !ready;
  if (ready) {
    classes = health.classes;
    element.about.textContent = (source.alone ? say.aboutAlone : say.about)(health) + (health.first ? `. ${say.better(command)}` : "");
    element.message.textContent = "";
    redraw();
    beginTour();
    return;
  }
  const training = health.training !== null && health.error === null;
  element.message.textContent = training ? "" : health.missing;
  element.train.disabled = training;
  element.train.textContent = training ? say.training : say.trainNow;
  element.progress.hidden = health.training === null;
  element.progress.textContent = [...(health.training ?? []), health.error ?? ""].join("\n").trim();
  element.progress.scrollTop = element.progress.scrollHeight;
  if (training) setTimeout(learnState, 500);
}

element.train.addEventListener("click", async () => {
  element.train.disabled = true;
  try {
    await source.train();
  } finally {
    learnState();
  }
});

document.documentElement.lang = language;
document.querySelectorAll("[data-text]").forEach((e) => { e.textContent = say[e.dataset.text]; });
element.canvas.setAttribute("aria-label", say.canvas);
for (const [name, text] of [["cellClose", say.closing], ["cellBack", say.back], ["cell", say.cell]]) element[name].setAttribute("aria-label", text);
if (source.alone) element.hint.textContent = say.hintAlone;
element.open.hidden = source.alone;
window.addEventListener("resize", fitAgain);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
offerReasons();
lookAt(null);
redraw();
learnState();
