"use strict";

/* What was drawn, told apart as the server does with a drawing: data/ink.py finds the ink, reading/segmentation.py
   the characters. The numbers are theirs, with their names. What is left out is for pictures of paper: uneven light,
   rules. */

const INK = { SMOOTHING: 0.8, FAINTEST: 0.12, PEAK: 90, FOOT: 0.2, RISE: 0.6, SURE: 96 };
const SETTINGS = {
  SPECK: 0.2, HALF_THE_HIGHEST: 0.5, BAR_AS_HIGH: 0.5, STACKED_SMALLER: 0.75, STACKED_ACROSS: 0.6, STACKED_APART: 0.2,
  STACKED_TOUCHING: 0.05, ROW_LARGE: 0.45, ROW_OVERLAP: 0.4, ROW_GAP: 3, ROW_REACH: 0.6, SAME_ROW: 0.6, NEIGHBOURS: 6,
  APART: 0.12, SMALL: 0.5, CLOSE: 0.25, OVER: 0.5, WIDEST: 1.1, LEAST: 0.35, WORD_GAP: 0.75, WORD_GAP_USUAL: 1.8,
};

// Greys as {width, height, values}.
function greysOf(width, height, values = new Float32Array(width * height)) {
  return { width, height, values };
}

// As Python and OpenCV round: halves to the even number.
function rounded(value) {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 ? near - 1 : near;
}

function median(numbers) {
  const sorted = Float64Array.from(numbers).sort(), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/* ---- ink ---- */

// Of a canvas with black strokes on white: 0 to 255.
function findInk(canvas) {
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const contrast = greysOf(width, height);
  for (let i = 0; i < width * height; i++) contrast.values[i] = (255 - data[4 * i]) / 255;
  const { values } = blurred(contrast);
  const strong = values.filter((value) => value > INK.FAINTEST).sort();
  if (!strong.length) return greysOf(width, height);
  const place = (strong.length - 1) * (INK.PEAK / 100), first = Math.floor(place);
  const peak = strong[first] + (place - first) * (strong[Math.min(first + 1, strong.length - 1)] - strong[first]);
  for (let i = 0; i < values.length; i++)
    values[i] = Math.floor(255 * Math.min(1, Math.max(0, (values[i] - INK.FOOT * peak) / (INK.RISE * peak))));
  return greysOf(width, height, values);
}

function blurred({ width, height, values }) {
  return greysOf(width, height, blurredAlong(blurredAlong(values, width, 1, height, width), height, width, width, 1));
}

// Lines of that length, whose numbers are `step` apart and which begin `stride` apart; mirrored at both ends.
function blurredAlong(from, length, step, count, stride) {
  const reach = 3, taps = Float64Array.from({ length: reach + 1 }, (_, i) => Math.exp(-(i ** 2) / (2 * INK.SMOOTHING ** 2)));
  const sum = 2 * taps.reduce((total, tap) => total + tap) - taps[0];
  const to = new Float32Array(from.length), line = new Float64Array(length + 2 * reach);
  for (let start = 0; start < count * stride; start += stride) {
    for (let i = 0; i < length; i++) line[reach + i] = from[start + i * step];
    if (line.every((value) => value === 0)) continue;
    for (let i = 1; i <= reach; i++) {
      line[reach - i] = line[reach + i];
      line[reach + length - 1 + i] = line[reach + length - 1 - i];
    }
    for (let i = 0; i < length; i++) {
      let total = taps[0] * line[reach + i];
      for (let tap = 1; tap <= reach; tap++) total += taps[tap] * (line[reach + i - tap] + line[reach + i + tap]);
      to[start + i * step] = total / sum;
    }
  }
  return to;
}

/* ---- characters ---- */

// Lines of words of characters, each {left, top, width, height, values}.
function findLines(ink) {
  let pieces = piecesOf(ink);
  if (!pieces.length) return [];
  const speck = SETTINGS.SPECK * typicalHeight(pieces);
  pieces = stacked(pieces.filter((piece) => Math.max(piece.width, piece.height) >= speck));
  const typical = typicalHeight(pieces);
  return rowsOf(pieces, typical).map((row) => merged(row, typical)).filter((row) => row.length).map(wordsOf);
}

const right = (piece) => piece.left + piece.width;
const bottom = (piece) => piece.top + piece.height;

// What hangs together, where some of it is ink for sure.
function piecesOf({ width, height, values }) {
  const labels = new Int32Array(values.length), pieces = [];
  for (let start = 0; start < values.length; start++) {
    if (!values[start] || labels[start]) continue;
    const inside = [start], label = pieces.length + 1;
    labels[start] = label;
    let [left, top, last, lowest, most] = [width, height, 0, 0, 0];
    for (let i = 0; i < inside.length; i++) {
      const at = inside[i], x = at % width, y = (at - x) / width;
      [left, top, last, lowest] = [Math.min(left, x), Math.min(top, y), Math.max(last, x), Math.max(lowest, y)];
      most = Math.max(most, values[at]);
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const next = row * width + column;
          if (values[next] && !labels[next]) { labels[next] = label; inside.push(next); }
        }
    }
    const piece = { left, top, area: inside.length, sure: most > INK.SURE, ...greysOf(last - left + 1, lowest - top + 1) };
    for (const at of inside) piece.values[(Math.floor(at / width) - top) * piece.width + (at % width) - left] = values[at];
    pieces.push(piece);
  }
  return pieces.filter((piece) => piece.sure).sort((a, b) => b.area - a.area);
}

function typicalHeight(pieces) {
  const sizes = pieces.map((piece) => Math.max(piece.height, SETTINGS.BAR_AS_HIGH * piece.width)), most = Math.max(...sizes);
  return median(sizes.filter((size) => size >= SETTINGS.HALF_THE_HIGHEST * most));
}

// A stroke right above or below a larger one is put together with it, and two that nearly touch, as an 8's rounds.
function stacked(pieces) {
  const done = [];
  for (const piece of [...pieces].sort((a, b) => b.height - a.height)) {
    const i = done.findIndex((other) => {
      const across = Math.min(right(piece), right(other)) - Math.max(piece.left, other.left);
      const apart = Math.max(piece.top, other.top) - Math.min(bottom(piece), bottom(other));
      const near = piece.height <= SETTINGS.STACKED_SMALLER * other.height && apart <= SETTINGS.STACKED_APART * other.height;
      const touching = Math.abs(apart) <= SETTINGS.STACKED_TOUCHING * other.height;
      return across >= SETTINGS.STACKED_ACROSS * Math.min(piece.width, other.width) && (touching || near);
    });
    if (i < 0) done.push(piece);
    else done[i] = together(done[i], piece);
  }
  return done;
}

function rowsOf(pieces, typical) {
  const large = (piece) => piece.height >= SETTINGS.ROW_LARGE * typical;
  const rows = joinedAcross(chained(pieces.filter(large), typical));
  for (const piece of pieces.filter((one) => !large(one))) {
    const reaches = rows.map((row) => Math.min(...row.map((other) => distance(piece, other))));
    const near = reaches.indexOf(Math.min(...reaches));
    if (near >= 0 && reaches[near] <= SETTINGS.ROW_REACH * typical) rows[near].push(piece);
    else rows.push([piece]);
  }
  const middle = (row) => row.reduce((sum, piece) => sum + piece.top + piece.height / 2, 0) / row.length;
  return rows.sort((a, b) => middle(a) - middle(b));
}

// Pieces that stand beside each other, and beside these: each row takes in those that it meets.
function chained(pieces, typical) {
  let rows = [];
  for (const piece of pieces) {
    const beside = (other) => {
      const overlap = Math.min(bottom(piece), bottom(other)) - Math.max(piece.top, other.top);
      const gap = Math.max(piece.left, other.left) - Math.min(right(piece), right(other));
      return overlap >= SETTINGS.ROW_OVERLAP * Math.min(piece.height, other.height) && gap <= SETTINGS.ROW_GAP * typical;
    };
    const met = rows.filter((row) => row.some(beside));
    rows = [...rows.filter((row) => !met.includes(row)), [...met.flat(), piece]];
  }
  return rows;
}

// Rows side by side, with a wide gap between them, are one.
function joinedAcross(rows) {
  const extent = (row) => [Math.min(...row.map((piece) => piece.top)), Math.max(...row.map(bottom))];
  const joined = [];
  for (const row of rows.sort((a, b) => extent(a)[0] - extent(b)[0])) {
    const [top, low] = extent(row);
    const other = joined.find((one) => {
      const [otherTop, otherLow] = extent(one), overlap = Math.min(low, otherLow) - Math.max(top, otherTop);
      return overlap >= SETTINGS.SAME_ROW * Math.min(low - top, otherLow - otherTop);
    });
    if (other) other.push(...row);
    else joined.push([...row]);
  }
  return joined;
}

function distance(a, b) {
  const across = Math.max(0, Math.max(a.left, b.left) - Math.min(right(a), right(b)));
  return Math.hypot(across, Math.max(0, Math.max(a.top, b.top) - Math.min(bottom(a), bottom(b))));
}

// The strokes of one character put together, those that lie over each other most first.
function merged(row, typical) {
  const byPlace = () => row.sort((a, b) => a.left - b.left);
  byPlace();
  for (let pair = closest(row, typical); pair; pair = closest(row, typical)) {
    row[pair[0]] = together(row[pair[0]], row[pair[1]]);
    row.splice(pair[1], 1);
    byPlace();
  }
  return row.filter((piece) => Math.max(piece.width, piece.height) >= SETTINGS.LEAST * typical);
}

function closest(row, typical) {
  let best = null, most = -Infinity;
  row.forEach((a, i) => row.slice(i + 1, i + 1 + SETTINGS.NEIGHBOURS).forEach((b, k) => {
    const overlap = Math.min(right(a), right(b)) - Math.max(a.left, b.left);
    if (overlap < -SETTINGS.APART * typical) return;
    const narrow = Math.min(a.width, b.width), small = Math.min(a.height, b.height) < SETTINGS.SMALL * typical;
    const wide = Math.max(right(a), right(b)) - Math.min(a.left, b.left);
    const close = small && distance(a, b) <= SETTINGS.CLOSE * typical;
    const over = overlap >= SETTINGS.OVER * narrow && (small || wide <= SETTINGS.WIDEST * typical);
    if ((close || over) && overlap / narrow > most) { most = overlap / narrow; best = [i, i + 1 + k]; }
  }));
  return best;
}

function together(a, b) {
  const left = Math.min(a.left, b.left), top = Math.min(a.top, b.top);
  const both = { left, top, ...greysOf(Math.max(right(a), right(b)) - left, Math.max(bottom(a), bottom(b)) - top) };
  for (const piece of [a, b])
    piece.values.forEach((value, i) => {
      const at = (piece.top - top + Math.floor(i / piece.width)) * both.width + piece.left - left + (i % piece.width);
      both.values[at] = Math.max(both.values[at], value);
    });
  return both;
}

function wordsOf(row) {
  const height = median(row.map((piece) => piece.height));
  const gaps = row.slice(1).map((piece, i) => piece.left - right(row[i])), usual = gaps.length ? median(gaps) : 0;
  const words = [[row[0]]];
  gaps.forEach((gap, i) => {
    if (gap > Math.max(SETTINGS.WORD_GAP * height, SETTINGS.WORD_GAP_USUAL * usual)) words.push([]);
    words.at(-1).push(row[i + 1]);
  });
  return words;
}
