"use strict";

/* What is drawn, with a pointer or the keyboard, and pictures that are dropped, pasted or opened. */

const HEIGHT = 360; // of the drawing area, in units of its own; the pen's width is in the same
const PAUSE = 250; // milliseconds between two recognitions while the pen moves

const paper = element.canvas.getContext("2d");
const pen = { at: null, down: false }; // the keyboard's

let strokes = []; // {width, points: [[x, y], ...]}
let picture = null; // a Blob that was dropped, pasted or opened
let pointer = null; // the one that draws

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

function drawn() {
  const canvas = make("canvas", { width: width(), height: HEIGHT });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawStrokes(context, 1, "black");
  return canvas;
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
