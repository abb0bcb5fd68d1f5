"use strict";

/* Where the page's answers come from if there is no server: the network in this very file. */

const NETWORK = JSON.parse(element.network.textContent);
const LAYERS = unpackLayers(NETWORK.layers);

const source = {
  alone: true,
  reasons: [],
  health: async () => ({ ...NETWORK.about, status: "ok", first: false }),
  layers: async () => LAYERS,
  async look(image) {
    const outputs = runLayers(LAYERS, Float32Array.from(image, (value) => value / 255));
    return outputs.map((values, i) => ({ name: LAYERS[i].name, shape: LAYERS[i].shape, values }));
  },
  async read(_, canvas) {
    const lines = findLines(findInk(canvas)).map((line) => line.map((word) => readWord(word, seenTwice).map(told)));
    const text = lines.flat().map((word) => word.map((digit) => digit.label))
      .map((labels) => labels.join(Math.max(...labels.map((label) => label.length)) > 1 ? " " : ""));
    return { text, digits: lines.flat(2), size: [canvas.width, canvas.height] };
  },
};

function probabilitiesOf(image) {
  return softmax(runLayers(LAYERS, Float32Array.from(image, (value) => value / 255)).at(-1));
}

function softmax(logits) {
  const most = Math.max(...logits), powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// A character is seen as it is and narrower, and judged by the mean.
function seenTwice(character) {
  const image = asMnist(character), views = [image, asMnist(narrowed(character))].map(probabilitiesOf);
  const mean = views[0].map((p, i) => (p + views[1][i]) / 2);
  return { character, image, mean, probability: Math.max(...mean) };
}

// What people are told is set right by a temperature.
function told({ character, image, mean }) {
  const { temperature, threshold, classes } = NETWORK.about;
  const probabilities = softmax(mean.map((p) => Math.log(Math.max(p, 1.17549435e-38)) / temperature));
  const probability = Math.max(...probabilities);
  return {
    label: classes[probabilities.indexOf(probability)], probability, probabilities, doubted: probability < threshold,
    box: [character.left, character.top, character.width, character.height], image: btoa(String.fromCharCode(...image)),
  };
}
