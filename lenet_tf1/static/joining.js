"use strict";

/* From the characters of a word to its digits: of all ways to join and cut them, the most probable one, as the
   server's reading/words.py has it, with segmentation.py's cut and join. */

const JOINING = {
  JOIN_GAP: 0.3, JOIN_WIDEST: 1.25, MOST_JOINED: 7, MOST_SPANS: 700, CUT_WIDTH: 0.8, UNSURE_CUT: 0.5, MOST_CUTS: 6,
  CUT_MARGIN: 0.2, CUT_MARGIN_LEAST: 2, CUT_APART: 0.12, CUT_SMOOTHED: 20, DIGIT_COST: 0.5, CUT_COST: 1.5,
};

// `classify` makes of each character something with its `probability`.
function readWord(characters, classify) {
  const whole = characters.map(classify), pieces = [], parts = [];
  characters.forEach((character, i) => {
    const wide = character.width > JOINING.CUT_WIDTH * character.height;
    if (wide && whole[i].probability < JOINING.UNSURE_CUT) pieces.push(...cut(character).map((piece) => ({ piece, origin: i })));
    else {
      parts.push({ start: pieces.length, end: pieces.length + 1, digit: whole[i] });
      pieces.push({ piece: character, origin: i });
    }
  });
  if (pieces.length * JOINING.MOST_JOINED > JOINING.MOST_SPANS) return whole;
  const unknown = spansOf(pieces, parts);
  if (!unknown.length) return whole; // nothing to join and nothing to cut
  for (const { start, end, one } of unknown) parts.push({ start, end, digit: classify(one) });
  return cheapest(parts, pieces);
}

// What neighbouring pieces are together, where that isn't known already.
function spansOf(pieces, known) {
  const unknown = [];
  for (let start = 0; start < pieces.length; start++)
    for (let end = start + 1; end <= Math.min(start + JOINING.MOST_JOINED, pieces.length); end++) {
      if (known.some((part) => part.start === start && part.end === end)) continue;
      const one = joinedPieces(pieces.slice(start, end).map(({ piece }) => piece));
      if (one) unknown.push({ start, end, one });
    }
  return unknown;
}

// The shortest path from the first piece to the last.
function cheapest(parts, pieces) {
  const best = [{ cost: 0, digits: [] }];
  for (let end = 1; end <= pieces.length; end++) {
    best[end] = { cost: Infinity };
    for (const { start, digit } of parts.filter((part) => part.end === end)) {
      const wasCut = start > 0 && pieces[start].origin === pieces[start - 1].origin;
      const cost = best[start].cost - Math.log(digit.probability) + (wasCut ? JOINING.CUT_COST : JOINING.DIGIT_COST);
      if (cost < best[end].cost) best[end] = { cost, digits: [...best[start].digits, digit] };
    }
  }
  return best.at(-1).digits;
}

// Neighbouring pieces as one, or null where they are too far apart, or together too wide.
function joinedPieces(pieces) {
  if (pieces.length === 1) return pieces[0];
  const width = Math.max(...pieces.map(right)) - Math.min(...pieces.map(({ left }) => left));
  const height = Math.max(...pieces.map(bottom)) - Math.min(...pieces.map(({ top }) => top));
  const gap = Math.max(0, ...pieces.slice(1).map((piece, i) => piece.left - right(pieces[i])));
  return gap > JOINING.JOIN_GAP * height || width > JOINING.JOIN_WIDEST * height ? null : pieces.reduce(together);
}

// What may be digits that touch, cut at the columns with the least ink.
function cut(character) {
  const { width, height, values } = character, profile = smoothed(columnsOf(character), Math.max(1, Math.floor(height / JOINING.CUT_SMOOTHED)));
  const margin = Math.max(JOINING.CUT_MARGIN_LEAST, Math.floor(JOINING.CUT_MARGIN * height));
  const order = Array.from(profile.keys()).slice(margin, Math.max(margin, width - margin)).sort((a, b) => profile[a] - profile[b]);
  const places = [];
  for (const x of order)
    if (places.length < JOINING.MOST_CUTS && places.every((other) => Math.abs(x - other) >= JOINING.CUT_APART * height)) places.push(x);
  const edges = [0, ...places.sort((a, b) => a - b), width];
  return edges.slice(1).map((end, i) => {
    const start = edges[i], part = greysOf(end - start, height);
    part.values.forEach((_, at) => { part.values[at] = values[Math.floor(at / part.width) * width + start + (at % part.width)]; });
    return { ...part, left: character.left + start, top: character.top };
  }).filter((part) => part.values.some((value) => value)).map(trimmed);
}

function columnsOf({ width, values }) {
  const columns = new Float32Array(width);
  values.forEach((value, i) => { if (value) columns[i % width] += 1; });
  return columns;
}

// The mean of `count` columns around each, mirrored at both ends.
function smoothed(columns, count) {
  const last = columns.length - 1;
  return columns.map((_, x) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const at = Math.abs(x - (count >> 1) + i);
      sum += columns[Math.max(0, at > last ? 2 * last - at : at)];
    }
    return sum / count;
  });
}
