"use strict";

/* A network as numbers: the description that inference/parts.py makes, computed, and one number of it taken apart.
   Nothing here knows the page. A cell is the place of a number in its layer's output, row by row, maps last. */

function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function unpack(packed) {
  if (packed === null) return null;
  const view = new DataView(bytes(packed.data).buffer), halves = packed.type === "float16";
  const length = view.byteLength / (halves ? 2 : 4), values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = halves ? half(view.getUint16(2 * i, true)) : view.getFloat32(4 * i, true);
  return { shape: packed.shape, values };
}

function unpackLayers(packed) {
  return packed.map((layer) => ({
    ...layer,
    weights: layer.weights && unpack(layer.weights).values,
    steps: layer.steps.map(([operation, operand]) => ({ operation, operand: operand && unpack(operand).values })),
  }));
}

function operandOf(step, cell) {
  return step.operand && step.operand[step.operand.length > 1 ? cell % step.operand.length : 0];
}

function stepped(step, value, cell) {
  if (step.operation === "times") return value * operandOf(step, cell);
  if (step.operation === "plus") return value + operandOf(step, cell);
  return step.operation === "relu" ? Math.max(0, value) : Math.tanh(value);
}

/* ---- every number ---- */

// Each layer's output for 784 pixels in 0..1: Float32Arrays.
function runLayers(layers, pixels) {
  const outputs = [];
  for (const layer of layers) {
    const below = layers[layer.below];
    const sums = layer.kind === "pixels" ? framed(layer, pixels) : SUMS[layer.kind](layer, outputs[layer.below], below.shape);
    if (layer.kind !== "pixels")
      for (const step of layer.steps) for (let cell = 0; cell < sums.length; cell++) sums[cell] = stepped(step, sums[cell], cell);
    outputs.push(Float32Array.from(sums));
  }
  return outputs;
}

function framed(layer, pixels) {
  const sums = new Float64Array(layer.shape[0] * layer.shape[1]);
  return sums.map((_, cell) => {
    const pixel = pixelOf(layer, cell);
    return pixel < 0 ? layer.ground : layer.steps.reduce((value, step) => stepped(step, value, 0), pixels[pixel]);
  });
}

// Which pixel a number of the first layer is, or -1 in its margin.
function pixelOf({ shape: [height, width], margin: [top, left] }, cell) {
  const y = Math.floor(cell / width) - top, x = (cell % width) - left;
  const inside = y >= 0 && y < height - 2 * top && x >= 0 && x < width - 2 * left;
  return inside ? y * (width - 2 * left) + x : -1;
}

const SUMS = {
  convolution({ shape, weights, ...layer }, below, [height, width, inputs]) {
    const [rows, columns, maps] = shape, sums = new Float64Array(rows * columns * maps);
    eachWindow(layer, rows, columns, height, width, (at, from, tap) => {
      const out = at * maps;
      for (let input = 0; input < inputs; input++) {
        const value = below[from * inputs + input];
        if (value === 0) continue; // most are, after ReLU and around ink
        const start = (tap * inputs + input) * maps;
        for (let map = 0; map < maps; map++) sums[out + map] += value * weights[start + map];
      }
    });
    return sums;
  },
  maximum({ shape: [rows, columns, maps], ...layer }, below, [height, width]) {
    const sums = new Float64Array(rows * columns * maps).fill(-Infinity);
    eachWindow(layer, rows, columns, height, width, (at, from) => {
      for (let map = 0; map < maps; map++) sums[at * maps + map] = Math.max(sums[at * maps + map], below[from * maps + map]);
    });
    return sums;
  },
  mean({ shape: [rows, columns, maps], ...layer }, below, [height, width]) {
    const sums = new Float64Array(rows * columns * maps), size = layer.size[0] * layer.size[1];
    eachWindow(layer, rows, columns, height, width, (at, from) => {
      for (let map = 0; map < maps; map++) sums[at * maps + map] += below[from * maps + map] / size;
    });
    return sums;
  },
  dense({ shape: [units], weights }, below) {
    const sums = new Float64Array(units);
    below.forEach((value, input) => {
      if (value !== 0) for (let unit = 0; unit < units; unit++) sums[unit] += value * weights[input * units + unit];
    });
    return sums;
  },
  distance({ shape: [units], weights }, below) {
    const sums = new Float64Array(units);
    below.forEach((value, input) => {
      for (let unit = 0; unit < units; unit++) sums[unit] -= (value - weights[input * units + unit]) ** 2;
    });
    return sums;
  },
};

// What to do for every place of a layer, every place below it in its window, and the window's place of that.
function eachWindow({ size, stride, margin }, rows, columns, height, width, visit) {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let tap = 0; tap < size[0] * size[1]; tap++) {
        const y = row * stride[0] - margin[0] + Math.floor(tap / size[1]), x = column * stride[1] - margin[1] + (tap % size[1]);
        if (y >= 0 && y < height && x >= 0 && x < width) visit(row * columns + column, y * width + x, tap);
      }
}

/* ---- one number ---- */

// How the number in a cell came about: `parts`, each the window in one map below, or one with all that is below;
// `sum`, what its products come to (or the maximum, the mean); and `steps`, with the value after each.
function takeApart(layers, outputs, pixels, index, cell) {
  const layer = layers[index], value = outputs[index][cell];
  if (layer.kind === "other") return { layer, value, parts: [], steps: [] };
  if (layer.kind === "pixels") {
    const pixel = pixelOf(layer, cell);
    return finished(layer, value, [], pixel < 0 ? layer.ground : pixels[pixel], pixel < 0 ? [] : layer.steps, cell);
  }
  const below = outputs[layer.below], { shape } = layers[layer.below];
  const flat = layer.kind === "dense" || layer.kind === "distance";
  const parts = flat ? [flatPart(layer, below, cell)] : windowParts(layer, below, shape, cell);
  const sum = layer.kind === "maximum" ? Math.max(...parts[0].terms.map((term) => term.product))
    : parts.reduce((total, part) => total + part.sum, 0);
  return finished(layer, value, parts, sum, layer.steps, cell);
}

function finished(layer, value, parts, sum, steps, cell) {
  let now = sum;
  const done = steps.map((step) => {
    now = stepped(step, now, cell);
    return { operation: step.operation, operand: operandOf(step, cell), value: now };
  });
  return { layer, value, parts, sum, steps: done };
}

function windowParts(layer, below, [height, width, inputs], cell) {
  const [, columns, maps] = layer.shape, map = cell % maps, at = Math.floor(cell / maps);
  const top = Math.floor(at / columns) * layer.stride[0] - layer.margin[0], left = (at % columns) * layer.stride[1] - layer.margin[1];
  const [rows, across] = layer.size, convolved = layer.kind === "convolution";
  const parts = [];
  for (let input = convolved ? 0 : map; input < (convolved ? inputs : map + 1); input++) {
    const terms = [];
    for (let tap = 0; tap < rows * across; tap++) {
      const y = top + Math.floor(tap / across), x = left + (tap % across);
      const inside = y >= 0 && y < height && x >= 0 && x < width, from = inside ? (y * width + x) * inputs + input : -1;
      const weight = convolved ? layer.weights[(tap * inputs + input) * maps + map] : layer.kind === "mean" ? 1 / (rows * across) : 1;
      const value = inside ? below[from] : 0;
      terms.push({ cell: from, value, weight, product: inside || layer.kind !== "maximum" ? value * weight : -Infinity });
    }
    // A map that a table leaves out has no kernel.
    if (terms.some((term) => term.weight !== 0)) parts.push({ map: input, top, left, terms, sum: added(terms) });
  }
  return parts;
}

function flatPart(layer, below, cell) {
  const [units] = layer.shape, terms = [];
  below.forEach((value, input) => {
    const weight = layer.weights[input * units + cell];
    terms.push({ cell: input, value, weight, product: layer.kind === "dense" ? value * weight : -((value - weight) ** 2) });
  });
  return { map: null, terms, sum: added(terms) };
}

function added(terms) {
  return terms.reduce((total, term) => total + term.product, 0);
}
