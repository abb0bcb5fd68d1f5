"use strict";

/* What is read of the drawing or the picture, and how the page begins. */

let found = null; // the server's last answer
let chosen = 0;
let busy = false, again = false, timer = null, version = 0;

function recognizeSoon(pause) {
  version += 1;
  if (pause === 0) {
    clearTimeout(timer);
    timer = null;
    recognize();
  } else timer ??= setTimeout(() => { timer = null; recognize(); }, pause);
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
