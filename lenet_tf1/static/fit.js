"use strict";

/* One character fitted into 28 x 28 pixels, as the server's data/normalize.py has it, with its numbers. What is smaller
   than its box of 20 pixels is enlarged in squares. */

const FIT = { BOX: 20, MIDDLE: 14, LARGE: 300, THINNEST: 0.09, INSIDE: 127, NARROWER: 0.8 };

// Its box in 20 x 20 pixels, its centre of mass in the middle of 28 x 28: Uint8Array.
function asMnist(character) {
  const box = thickEnough(trimmed(character)), scale = FIT.BOX / Math.max(box.width, box.height);
  const [width, height] = [box.width, box.height].map((side) => Math.max(1, rounded(side * scale)));
  const small = resized(box, width, height), fitted = new Uint8Array(28 * 28);
  let [mass, across, down] = [0, 0, 0];
  small.values.forEach((value, i) => {
    mass += value + 1e-9;
    across += (value + 1e-9) * (i % width);
    down += (value + 1e-9) * Math.floor(i / width);
  });
  const [left, top] = [[across, width], [down, height]].map(([moment, side]) =>
    Math.min(28 - side, Math.max(0, rounded(FIT.MIDDLE - moment / mass))));
  small.values.forEach((value, i) => { fitted[(top + Math.floor(i / width)) * 28 + left + (i % width)] = value; });
  return fitted;
}

function narrowed(character) {
  return resized(character, Math.max(1, rounded(FIT.NARROWER * character.width)), character.height);
}

function trimmed(character) {
  const { width, height, values } = character;
  let [left, top, last, lowest] = [width, height, -1, -1];
  values.forEach((value, i) => {
    if (!value) return;
    const x = i % width, y = Math.floor(i / width);
    [left, top, last, lowest] = [Math.min(left, x), Math.min(top, y), Math.max(last, x), Math.max(lowest, y)];
  });
  const own = { left: character.left + left, top: character.top + top, ...greysOf(last - left + 1, lowest - top + 1) };
  own.values.forEach((_, i) => { own.values[i] = values[(top + Math.floor(i / own.width)) * width + left + (i % own.width)]; });
  return own;
}

// Each new pixel is the mean of what it covers.
function resized({ width, height, values }, wide, high) {
  const along = (from, length, to, step, count, stride, newStep, newStride) => {
    const made = new Float32Array(count * to), scale = length / to;
    for (let line = 0; line < count; line++)
      for (let i = 0; i < to; i++) {
        let total = 0;
        for (let j = Math.floor(i * scale); j < Math.min(length, Math.ceil((i + 1) * scale - 1e-6)); j++)
          total += from[line * stride + j * step] * (Math.min(j + 1, (i + 1) * scale) - Math.max(j, i * scale));
        made[line * newStride + i * newStep] = total / scale;
      }
    return made;
  };
  const rows = along(values, width, wide, 1, height, width, 1, wide);
  return greysOf(wide, high, along(rows, height, high, wide, wide, 1, wide, 1).map(rounded));
}

// A pen that would be thinner than MNIST's strokes is made thicker.
function thickEnough(box) {
  const shrink = Math.max(box.width, box.height) / FIT.LARGE;
  if (shrink > 1) {
    const side = Math.floor(shrink) + 1, square = Array.from({ length: side }, () => [0, side]);
    box = resized(dilated(box, square, side >> 1), ...[box.width, box.height].map((length) => Math.max(1, rounded(length / shrink))));
  }
  const wanted = FIT.THINNEST * Math.max(box.width, box.height), missing = rounded(wanted - thickness(box, wanted));
  if (missing < 1) return box;
  const around = greysOf(box.width + 2 * missing, box.height + 2 * missing);
  box.values.forEach((value, i) => { around.values[(missing + Math.floor(i / box.width)) * around.width + missing + (i % box.width)] = value; });
  return dilated(around, ellipse(missing + 1), (missing + 1) >> 1);
}

// An ellipse's rows, from which column to which, in a square of that side: OpenCV's.
function ellipse(side) {
  const half = side >> 1;
  return Array.from({ length: side }, (_, row) => {
    const reach = rounded(Math.sqrt(Math.max(0, half * half - (row - half) ** 2)));
    return [Math.max(0, half - reach), Math.min(side, half + reach + 1)];
  });
}

function dilated({ width, height, values }, rows, anchor) {
  const to = new Float32Array(values.length);
  values.forEach((value, i) => {
    if (!value) return;
    const x = i % width, y = Math.floor(i / width);
    rows.forEach(([first, end], row) => {
      const line = y - row + anchor;
      if (line < 0 || line >= height) return;
      for (let column = Math.max(0, x - end + 1 + anchor); column <= Math.min(width - 1, x - first + anchor); column++)
        if (to[line * width + column] < value) to[line * width + column] = value;
    });
  });
  return greysOf(width, height, to);
}

// Twice the median distance of the strokes' middle lines from where they end, in steps of 0.955 and 1.3693.
function thickness(box, otherwise) {
  const width = box.width + 2, height = box.height + 2, far = new Float32Array(width * height);
  box.values.forEach((value, i) => { if (value > FIT.INSIDE) far[(1 + Math.floor(i / box.width)) * width + 1 + (i % box.width)] = Infinity; });
  const sweep = (order, sign) => {
    for (const at of order) {
      if (!far[at]) continue;
      const before = [far[at - sign] + 0.955, far[at - sign * width] + 0.955, far[at - sign * (width + 1)] + 1.3693, far[at - sign * (width - 1)] + 1.3693];
      far[at] = Math.min(far[at], ...before);
    }
  };
  const order = Array.from(far.keys()).filter((at) => far[at]);
  sweep(order, 1);
  sweep(order.reverse(), -1);
  const around = [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1];
  const ridge = order.filter((at) => around.every((step) => far[at] >= far[at + step])).map((at) => far[at]);
  return ridge.length ? 2 * median(ridge) : otherwise;
}
