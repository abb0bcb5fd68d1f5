"use strict";

/* One number taken apart: a drawer with its window, kernel, products and sum, which follows the drawing. */

const MOST_SHOWN = 5; // inputs that raised a number, and as many that lowered it
let opened = null; // {index, cell, map: the map below that is shown, or null for the one that counts most}
let trail = []; // what was opened before
let layers = null; // what source.layers() gave

async function openCell(index, cell, from = null) {
  if (opened?.index !== index) {
    trail = from ? [...trail, from] : [];
    element.cellBody.scrollTop = 0;
  }
  opened = { index, cell, map: opened?.index === index ? opened.map : null };
  if (element.cell.hidden) {
    document.body.classList.add("opened");
    element.cell.hidden = false;
    fitAgain();
  }
  if (!layers) {
    element.cellBack.hidden = true;
    element.cellBody.replaceChildren(make("p", { textContent: say.loading }));
    try {
      layers = await source.layers();
    } catch (error) {
      element.cellBody.replaceChildren(make("p", { textContent: error.told ?? say.unreachable }));
    }
  }
  refreshCell();
}

function closeCell() {
  const inside = element.cell.contains(document.activeElement), view = views[opened.index];
  opened = null;
  trail = [];
  document.body.classList.remove("opened");
  element.cell.hidden = true;
  markCell(null);
  fitAgain();
  if (inside) view?.canvas.focus();
}

function goBack() {
  opened = trail.pop();
  element.cellBody.scrollTop = 0;
  refreshCell();
  element.cellName.focus();
}

// Shows what is opened as it is now: called for every new look into the network.
function refreshCell() {
  if (!opened || !layers) return;
  const focused = document.activeElement?.dataset.key;
  if (outputs.length) {
    const it = takeApart(layers, outputs.map((output) => output.values), seenPixels(), opened.index, opened.cell);
    const part = it.parts.find(({ map }) => map === opened.map) ?? strongest(it.parts);
    opened.map = part?.map ?? null;
    element.cellName.replaceChildren(make("b", { textContent: it.layer.name }), ` ${where(opened.index, opened.cell)}`);
    element.cellValue.textContent = number(it.value);
    element.cellBody.replaceChildren(...body(it, part));
    markCell(part);
  } else {
    element.cellName.textContent = "";
    element.cellValue.textContent = "";
    element.cellBody.replaceChildren(make("p", { textContent: say.insideHint }));
    markCell(null);
  }
  element.cellBack.hidden = !trail.length;
  if (focused) element.cellBody.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
}

function strongest(parts) {
  return parts.reduce((most, part) => (most && Math.abs(most.sum) >= Math.abs(part.sum) ? most : part), null);
}

// The opened number in its map, and its window in the map below.
function markCell(part) {
  views.forEach((view, i) => {
    view.mark("chosen", opened && i === opened.index && outputs.length ? opened.cell : null);
    const lies = part && part.map !== null && i === layers[opened.index].below;
    view.mark("window", null);
    if (lies) markWindow(view, part, layers[i].shape, part.map);
  });
}

function markWindow(view, { top, left, map }, [height, width, maps]) {
  const [rows, columns] = layers[opened.index].size;
  const [first, start] = [Math.max(0, top), Math.max(0, left)];
  view.mark("window", (first * width + start) * maps + map, Math.min(height, top + rows) - first, Math.min(width, left + columns) - start);
}

/* ---- words and numbers ---- */

function where(index, cell, short = false) {
  const { shape } = outputs[index];
  if (shape.length === 1) return index === outputs.length - 1 ? say.forClass(classes[cell]) : say.unit(cell + 1);
  const [, columns, maps] = shape, at = Math.floor(cell / maps);
  const [row, column] = [Math.floor(at / columns) + 1, (at % columns) + 1];
  if (short) return say.at((cell % maps) + 1, row, column);
  return maps === 1 ? say.pixelPlace(row, column) : say.place((cell % maps) + 1, row, column);
}

function number(value, digits = 4) {
  const places = Math.abs(value) >= 100 ? Math.min(digits, 1) : digits;
  const text = value.toFixed(places);
  return Number(text) === 0 ? "0" : text.replace("-", "−");
}

// A constant, as short as it is.
function constant(value) {
  return String(Number(value.toFixed(4))).replace("-", "−");
}

function explanation({ layer, parts }) {
  const below = layers[layer.below]?.name, [rows, columns] = layer.size;
  if (layer.kind === "convolution") return say.convolution(parts.length, below, rows, columns);
  if (layer.kind === "maximum" || layer.kind === "mean") return say[layer.kind](below, rows, columns);
  if (layer.kind === "pixels") return pixelOf(layer, opened.cell) < 0 ? say.margin : say.pixels;
  if (layer.kind === "other") return say.other(layer.operations.join(", "));
  return say[layer.kind](parts[0].terms.length, below);
}

/* ---- what the drawer shows ---- */

function body(it, part) {
  const { kind } = it.layer, shown = [];
  if (part && part.map !== null) shown.push(slide(it, part));
  else if (part) shown.push(spread(it, part));
  const text = make("p", { textContent: explanation(it) });
  if (kind !== "convolution") shown.push(text);
  if (it.parts.length > 1) shown.push(strip(it, part));
  if (part && part.map !== null) shown.push(grids(it, part, text));
  else if (part) shown.push(contributions(it, part));
  if (kind !== "other") shown.push(ledger(it, part));
  return shown;
}

// The map below with the window on it, and the map that the number is in.
function slide(it, part) {
  const below = it.layer.below, { index } = opened;
  const source = small(below, part.map, (cell) => openCell(below, cell, opened), "below");
  const target = small(index, opened.cell % it.layer.shape[2], (cell) => openCell(index, cell), "here");
  markWindow(source, part, layers[below].shape);
  target.mark("chosen", opened.cell);
  return make("div", { className: "slide" }, figure(source, say.window(layers[below].name, outputs[below].shape[2] > 1 ? part.map + 1 : null)),
    make("span", { className: "arrow", textContent: "→" }), figure(target, say.window(it.layer.name, it.layer.shape[2] > 1 ? (opened.cell % it.layer.shape[2]) + 1 : null)));
}

function small(index, map, choose, key) {
  const { name, shape, values } = outputs[index];
  const view = new MapView(planOf(shape, { only: map }), say.map(name, shape.slice(0, 2).join(" × ")), choose);
  view.show(greys(values));
  view.canvas.dataset.key = key;
  return view;
}

// What every number below contributed, in its own place.
function spread(it, part) {
  const { below } = it.layer, { name, shape } = outputs[below];
  const view = new MapView(planOf(shape), say.map(name, shape.join(" × ")), (cell) => openCell(below, cell, opened));
  view.show(signed(part.terms.map((term) => term.product), 0.5));
  view.canvas.dataset.key = "below";
  return make("div", { className: "spread" }, figure(view, `${name}: ${it.layer.kind === "distance" ? say.differences : say.products}`));
}

function figure(view, caption) {
  return make("figure", {}, view.frame, make("figcaption", { textContent: caption }));
}

// The sums of all maps below, one of which is shown.
function strip(it, part) {
  const most = Math.max(...it.parts.map(({ sum }) => Math.abs(sum)), 1e-9);
  const bars = it.parts.map(({ map, sum }) => {
    const bar = make("i", { className: sum < 0 ? "below" : "above" });
    bar.style.height = `${(50 * Math.abs(sum)) / most}%`;
    const label = `${say.thisMap(map + 1, it.layer.size[0] * it.layer.size[1])}: ${number(sum)}`;
    const button = make("button", { title: label, ariaLabel: label, ariaPressed: String(map === part.map) }, bar);
    button.dataset.key = `map${map}`;
    button.addEventListener("click", () => { opened.map = map; refreshCell(); });
    return button;
  });
  return make("div", { className: "strip" }, ...bars);
}

function grids(it, part, text) {
  const columns = it.layer.size[1], { below, kind } = it.layer, range = span(outputs[below].values);
  const input = grid(part.terms, columns, "value", (value) => `rgba(128, 128, 128, ${(0.65 * (value - range.low)) / range.width})`, (term, i) => {
    const button = make("button", { textContent: number(term.value, 2) });
    button.dataset.key = `window${i}`;
    button.addEventListener("click", () => openCell(below, term.cell, opened));
    return button;
  });
  const names = { value: say.window(layers[below].name, outputs[below].shape[2] > 1 ? part.map + 1 : null), weight: say.kernel, product: say.products };
  if (kind !== "convolution") {
    const largest = part.terms.findIndex((term) => kind === "maximum" && term.product === it.sum);
    input.children[largest]?.classList.add("largest");
    return make("div", { className: "grids" }, titled(input, names.value));
  }
  return make("div", { className: "grids" }, titled(input, names.value), make("span", { textContent: "×" }),
    titled(grid(part.terms, columns, "weight", hue(part.terms, "weight")), names.weight), text, make("span", { textContent: "=" }),
    titled(grid(part.terms, columns, "product", hue(part.terms, "product")), names.product));
}

function span(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  return { low, width: Math.max(high - low, 1e-9) };
}

function hue(terms, name) {
  const most = Math.max(...terms.map((term) => Math.abs(term[name])), 1e-9);
  return (value) => `rgba(${value > 0 ? "0, 130, 200" : "230, 110, 0"}, ${(0.6 * Math.abs(value)) / most})`;
}

function grid(terms, columns, name, color, cell = (term) => make("span", { textContent: number(term[name], 2) })) {
  const made = make("div", { className: "numbers" });
  made.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  made.append(...terms.map((term, i) => {
    if (term.cell < 0 && name !== "weight") return make("span", { className: "outside" });
    const one = cell(term, i);
    one.style.backgroundColor = color(term[name]);
    return one;
  }));
  return made;
}

function titled(grid, title) {
  return make("figure", {}, grid, make("figcaption", { textContent: title }));
}

// The inputs that counted most, those above 0 first.
function contributions(it, part) {
  const ordered = part.terms.filter(({ product }) => product !== 0).sort((a, b) => b.product - a.product);
  const raised = ordered.filter(({ product }) => product > 0).slice(0, MOST_SHOWN);
  const lowered = ordered.filter(({ product }) => product < 0).reverse().slice(0, MOST_SHOWN);
  const most = Math.max(...[...raised, ...lowered].map(({ product }) => Math.abs(product)), 1e-9);
  const { below, kind } = it.layer, distance = kind === "distance";
  const rows = (terms, title) => (terms.length ? [make("h3", { textContent: title }), ...terms.map((term) => {
    const button = make("button", { textContent: where(below, term.cell, true) });
    button.dataset.key = `input${term.cell}`;
    button.addEventListener("click", () => openCell(below, term.cell, opened));
    const bar = make("i", { className: term.product < 0 ? "below" : "above" });
    bar.style.width = `${(100 * Math.abs(term.product)) / most}%`;
    const apart = `(${number(term.value, 2)} ${term.weight < 0 ? "+" : "−"} ${constant(Math.abs(term.weight))})²`;
    const how = distance ? apart : `${number(term.value, 2)} × ${number(term.weight, 2)}`;
    return make("div", {}, button, make("span", { textContent: how }), make("span", {}, bar), make("b", { textContent: number(term.product, 3) }));
  })] : []);
  return make("div", { className: "inputs" }, ...rows(raised, say.raised), ...rows(lowered, distance ? say.nearest : say.lowered));
}

// From the products to the number: what is added up, and what is done with the sum.
function ledger(it, part) {
  const rows = addends(it, part), steps = [...it.steps];
  if (steps[0]?.operation === "plus") {
    const bias = steps.shift();
    rows.push([say.bias, bias.operand], [say.sum, bias.value, "sum"]);
  } else if (rows.length > 1) rows.push([say.sum, it.sum, "sum"]);
  for (const { operation, operand, value } of steps) rows.push([stepName(operation, operand), value]);
  rows.at(-1)[2] = `${rows.at(-1)[2] ?? ""} total`;
  return make("table", {}, ...rows.map(([label, value, name]) => {
    const amount = make("td", { textContent: number(value) });
    amount.dataset.value = value;
    return make("tr", { className: name ?? "" }, make("th", { textContent: label, scope: "row" }), amount);
  }));
}

function stepName(operation, operand) {
  if (operation === "times") return `× ${constant(operand)}`;
  if (operation === "plus") return `${operand < 0 ? "−" : "+"} ${constant(Math.abs(operand))}`;
  return say[operation];
}

function addends({ layer, sum, parts }, part) {
  if (layer.kind === "maximum") return [[say.largest, sum]];
  if (layer.kind === "mean") return [[say.average, sum]];
  if (layer.kind === "distance") return [[say.squares(part.terms.length), sum]];
  if (layer.kind === "pixels") return [[say.grey(Math.round(255 * sum)), sum]];
  if (layer.kind === "convolution") {
    if (parts.length === 1) return [[say.oneWindow(part.terms.length), sum]];
    return [[say.thisMap(part.map + 1, part.terms.length), part.sum], [say.others(parts.length - 1), sum - part.sum]];
  }
  const [above, under] = [part.terms.filter(({ product }) => product > 0), part.terms.filter(({ product }) => product < 0)];
  return [[say.above(above.length), added(above)], [say.under(under.length), added(under)]];
}

element.cellClose.addEventListener("click", closeCell);
element.cellBack.addEventListener("click", goBack);
