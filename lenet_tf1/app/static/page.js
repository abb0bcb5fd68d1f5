"use strict";

const TEXTS = {
  en: {
    hint: "Draw digits here, or drop or paste a picture.",
    undo: "Undo", clear: "Clear", pen: "Pen", open: "Open a picture",
    reading: "What it reads", inside: "The network at work", seen: "What the network saw",
    finding: "The page reader at work",
    findingHint: "Where it sees the middle of a digit, at each size of the picture that it looks at.",
    insideHint: "Draw something: every layer shows what it makes of it.",
    untrained: "There is no trained network yet.",
    howToTrain: "This trains the page's own network in a few minutes; start the page again afterwards:",
    orNow: "Or let this page train a first one, in less than a minute:",
    trainNow: "Train now", training: "Training…",
    about: (h) => `recipe ${h.recipe}, network ${h.network}, ${h.ships ? "which comes with lenet_tf1" : `from ${h.run_dir}`}`,
    better: (command) => `A better one takes some minutes: ${command} --restart`,
    nothing: "Nothing to read here.",
    unsure: "Dashed: it may be none of what the network knows.",
    unreachable: "The server doesn't answer.",
    waiting: "The server is reading other pictures; this one is next in a moment.",
    canvas: "Drawing area. With the keyboard: arrows move the pen, space puts it down and lifts it, Ctrl+Z undoes, Escape clears.",
  },
  zh: {
    hint: "在这里写数字，也可以拖入或粘贴一张图片。",
    undo: "撤销", clear: "清空", pen: "笔宽", open: "打开图片",
    reading: "识别结果", inside: "网络内部", seen: "网络看到的图像",
    finding: "页面阅读网络",
    findingHint: "它在图片的每个尺寸下认为有数字中心的位置。",
    insideHint: "写点什么：每一层都会显示它的输出。",
    untrained: "还没有训练好的网络。",
    howToTrain: "下面的命令用几分钟训练本页面的网络，完成后重新打开页面：",
    orNow: "或者让页面先训练一个，不到一分钟：",
    trainNow: "立即训练", training: "正在训练…",
    about: (h) => `配方 ${h.recipe}，网络 ${h.network}，${h.ships ? "随 lenet_tf1 提供" : `来自 ${h.run_dir}`}`,
    better: (command) => `用几分钟可以训练更好的网络：${command} --restart`,
    nothing: "这里没有可以识别的内容。",
    unsure: "虚线框：可能不是网络认识的字符。",
    unreachable: "服务器没有响应。",
    waiting: "服务器正在识别其他图片，稍后自动重试。",
    canvas: "书写区。键盘操作：方向键移动笔，空格键落笔或抬笔，Ctrl+Z 撤销，Esc 清空。",
  },
};
const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
const say = TEXTS[language];

const HEIGHT = 360; // of the drawing area, in units of its own; the pen's width is in the same
const PAUSE = 250; // milliseconds between two recognitions while the pen moves

const element = Object.fromEntries([...document.querySelectorAll("[id]")].map((e) => [e.id, e]));
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
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

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
  } else if (event.key === "Escape") clear();
});

/* ---- pictures ---- */

function show(file) {
  if (!file) return;
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

async function body() {
  if (picture) return picture;
  const canvas = document.createElement("canvas");
  canvas.width = width();
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawStrokes(context, 1, "black");
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

async function recognize() {
  if (busy) { again = true; return; }
  busy = true;
  const asked = version;
  try {
    if (!strokes.length && !picture) present(null);
    else {
      const response = await fetch(picture ? "recognize-with-heat" : "drawing", { method: "POST", body: await body() });
      const answer = await response.json();
      const wait = response.headers.get("Retry-After");
      if (wait) {
        present(null, say.waiting);
        setTimeout(() => { if (asked === version) recognize(); }, 1000 * wait);
      } else if (asked === version || strokes.length || picture) {
        if (response.ok) present(answer);
        else present(null, answer.error);
      }
    }
  } catch {
    present(null, say.unreachable);
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
    paint(canvas, bytes(digit.image), 28, 28);
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
  if (digits.length) choose(chosen);
  else lookAt(null);
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
  element.heat.replaceChildren(...Object.entries(heat).map(([name, output]) => scope(name, output)));
  element.finding.hidden = !Object.keys(heat).length;
}

let classes = [];
let looking = 0;

async function lookAt(digit) {
  const turn = ++looking;
  element.insideHint.hidden = digit !== null;
  element.answer.hidden = digit === null;
  if (digit === null) { element.scopes.replaceChildren(); return; }
  const image = bytes(digit.image);
  paint(element.seen, image, 28, 28);
  const order = digit.probabilities.map((p, i) => [p, i]);
  if (order.length > 12) order.sort((a, b) => b[0] - a[0]).splice(12);
  element.bars.replaceChildren(...order.map(([p, i]) => {
    const row = document.createElement("div");
    row.className = "bar";
    const name = document.createElement("span"), track = document.createElement("span"), share = document.createElement("span");
    name.textContent = classes[i];
    const bar = document.createElement("i");
    bar.style.width = `${100 * p}%`;
    track.append(bar);
    share.textContent = percent(p);
    row.append(name, track, share);
    return row;
  }));
  let scopes;
  try {
    const response = await fetch("look", { method: "POST", body: image });
    if (!response.ok) return;
    scopes = await response.json();
  } catch { return; }
  if (turn !== looking) return;
  // The first scope is the image itself, which is there already.
  element.scopes.replaceChildren(...Object.entries(scopes).slice(1).map(([name, output]) => scope(name, output)));
}

function scope(name, { shape, data }) {
  const figure = document.createElement("figure"), canvas = document.createElement("canvas");
  const caption = document.createElement("figcaption");
  caption.textContent = `${name}  ${shape.join(" × ")}`;
  const values = bytes(data);
  values.forEach((v, i) => { values[i] = 255 * Math.sqrt(v / 255); }); // small activations are to be seen too
  if (shape.length === 3) tile(canvas, values, shape);
  else {
    const columns = values.length <= 26 ? values.length : 50;
    paint(canvas, pad(values, Math.ceil(values.length / columns) * columns), columns, Math.ceil(values.length / columns));
  }
  figure.append(canvas, caption);
  return figure;
}

function tile(canvas, values, [height, width, maps]) {
  const columns = Math.min(maps, 10), rows = Math.ceil(maps / columns);
  const gap = 1, w = columns * (width + gap) - gap, h = rows * (height + gap) - gap;
  const out = new Uint8Array(w * h).fill(24);
  for (let m = 0; m < maps; m++) {
    const left = (m % columns) * (width + gap), top = Math.floor(m / columns) * (height + gap);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) out[(top + y) * w + left + x] = values[(y * width + x) * maps + m];
  }
  paint(canvas, out, w, h);
}

function pad(values, length) {
  const out = new Uint8Array(length);
  out.set(values);
  return out;
}

function paint(canvas, values, width, height) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  values.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function percent(p) {
  return p >= 0.9995 ? "100%" : `${(100 * p).toFixed(1)}%`;
}

/* ---- beginning ---- */

async function learnState() {
  let health;
  try {
    health = await (await fetch("health")).json();
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
    element.about.textContent = say.about(health) + (health.first ? `. ${say.better(command)}` : "");
    element.message.textContent = "";
    redraw();
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
    await fetch("train", { method: "POST" });
  } finally {
    learnState();
  }
});

document.documentElement.lang = language;
document.querySelectorAll("[data-text]").forEach((e) => { e.textContent = say[e.dataset.text]; });
element.canvas.setAttribute("aria-label", say.canvas);
window.addEventListener("resize", () => { redraw(); if (found) recognizeSoon(PAUSE); });
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
lookAt(null);
redraw();
learnState();
