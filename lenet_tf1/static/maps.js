"use strict";

/* Layers as pictures: which number is where, and how one is chosen with mouse, finger or keys. */

const DARK = 24, BLUE = [86, 180, 233], ORANGE = [240, 144, 79];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function make(tag, settings = {}, ...children) {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...children);
  return made;
}

// Where the numbers of an output are: its maps side by side, or its units in rows. `only` is one map alone, `inset`
// a margin that isn't shown.
function planOf(shape, { only = null, inset = 0 } = {}) {
  if (shape.length === 1 || (shape[0] === 1 && shape[1] === 1 && only === null)) {
    const units = shape.at(-1), width = units <= 26 ? units : 50;
    return {
      width, height: Math.ceil(units / width), jump: [5, 1], length: units,
      place: (cell) => [cell % width, Math.floor(cell / width)],
      cell: (x, y) => (y * width + x < units ? y * width + x : -1),
    };
  }
  const [rows, columns, maps] = shape, high = rows - 2 * inset, wide = columns - 2 * inset;
  const shown = only === null ? maps : 1, across = Math.min(shown, 10), gap = 1;
  return {
    width: across * (wide + gap) - gap, height: Math.ceil(shown / across) * (high + gap) - gap,
    jump: shown === 1 ? [5, 5] : [wide + gap, high + gap], length: rows * columns * maps,
    place(cell) {
      const map = only === null ? cell % maps : 0, at = Math.floor(cell / maps);
      return [(map % across) * (wide + gap) + (at % columns) - inset, Math.floor(map / across) * (high + gap) + Math.floor(at / columns) - inset];
    },
    cell(x, y) {
      const map = Math.floor(y / (high + gap)) * across + Math.floor(x / (wide + gap));
      const row = y % (high + gap), column = x % (wide + gap);
      if (map >= shown || row >= high || column >= wide) return -1; // between two maps, or after the last
      return ((row + inset) * columns + column + inset) * maps + (only ?? map);
    },
  };
}

function paint(canvas, width, height, color) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = color(i % width, Math.floor(i / width));
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

function paintGrey(canvas, image, width, height) {
  paint(canvas, width, height, (x, y) => new Array(3).fill(image[y * width + x]));
}

// Small numbers are to be seen too.
function greys(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const range = Math.max(high - low, 1e-9);
  return (cell) => new Array(3).fill(255 * Math.sqrt((values[cell] - low) / range));
}

// Blue above 0, orange below it; with a power below 1 small ones are to be seen too.
function signed(values, power, ground = () => [DARK, DARK, DARK]) {
  let most = 1e-9;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return (cell) => {
    const share = (Math.abs(values[cell]) / most) ** power, color = values[cell] > 0 ? BLUE : ORANGE;
    return ground(cell).map((grey, i) => grey + (color[i] - grey) * share);
  };
}

// A picture of numbers in which one can be chosen.
class MapView {
  constructor(plan, label, choose, canvas = document.createElement("canvas")) {
    Object.assign(this, { plan, choose, canvas, at: null });
    this.marks = { hover: make("i"), window: make("i"), chosen: make("i") };
    this.frame = make("div", { className: "frame" });
    canvas.replaceWith(this.frame);
    this.frame.append(canvas, ...Object.values(this.marks));
    for (const [name, mark] of Object.entries(this.marks)) Object.assign(mark, { className: `mark ${name}`, hidden: true });
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    canvas.addEventListener("click", (event) => this.pick(this.under(event)));
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.mark("hover", null));
    canvas.addEventListener("keydown", (event) => this.press(event));
    canvas.addEventListener("blur", () => this.mark("hover", null));
  }

  show(color) {
    const { plan } = this;
    paint(this.canvas, plan.width, plan.height, (x, y) => {
      const cell = plan.cell(x, y);
      return cell < 0 ? [DARK, DARK, DARK] : color(cell);
    });
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const [x, y] = [this.plan.width, this.plan.height].map((side, i) => Math.min(side - 1, Math.max(0, Math.floor(share[i] * side))));
    return this.plan.cell(x, y);
  }

  hover(event) {
    const cell = this.under(event);
    this.mark("hover", cell < 0 ? null : cell);
    if (event.pointerType === "mouse" && event.buttons & 1 && cell !== this.at) this.pick(cell); // the window slides
  }

  pick(cell) {
    if (cell < 0) return;
    this.at = cell;
    this.choose(cell);
  }

  press(event) {
    const { plan } = this;
    if (event.key in ARROWS) {
      const direction = ARROWS[event.key], [x, y] = plan.place(this.at ?? plan.cell(0, 0));
      const times = event.shiftKey ? [plan.jump[direction[0] ? 0 : 1]] : [1, 2]; // 2 is over the line between two maps
      const cells = times.map((n) => [x + n * direction[0], y + n * direction[1]])
        .map(([left, top]) => (left >= 0 && top >= 0 && left < plan.width && top < plan.height ? plan.cell(left, top) : -1));
      this.at = cells.find((cell) => cell >= 0) ?? this.at;
      this.at ??= plan.cell(0, 0);
      this.mark("hover", this.at);
      if (!this.marks.chosen.hidden) this.choose(this.at);
    } else if (event.key === "Enter" || event.key === " ") this.pick(this.at ?? plan.cell(0, 0));
    else return;
    event.preventDefault();
  }

  // Marks a number, or what begins there and is so high and wide; null marks nothing.
  mark(name, cell, height = 1, width = 1) {
    const mark = this.marks[name], { plan } = this;
    mark.hidden = cell === null;
    if (cell === null) return;
    if (name === "chosen") this.at = cell;
    const [left, top] = plan.place(cell), percent = (share) => `${100 * share}%`;
    Object.assign(mark.style, {
      left: percent(left / plan.width), top: percent(top / plan.height),
      width: percent(width / plan.width), height: percent(height / plan.height),
    });
  }
}
