"use strict";

/* Where the page's answers come from: its server. */

const source = {
  alone: false,
  reasons: ["gradient", "integrated-gradients", "grad-cam", "occlusion"],
  health: () => ask("health"),
  train: () => fetch("train", { method: "POST" }),
  layers: async () => unpackLayers(await ask("layers")),
  async read(picture, canvas) {
    return ask(picture ? "recognize-with-heat" : "drawing", picture ?? await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
  },
  async look(image) {
    return Object.entries(await ask("look", image)).map(([name, packed]) => ({ name, ...unpack(packed) }));
  },
  async why(image, label, method) {
    return unpack(await ask(`why/${method}`, Uint8Array.of(...image, label)));
  },
};

// What the server answers; an Error with its own sentence where it can't, or with the seconds after which it can.
async function ask(path, body) {
  const response = await fetch(path, body === undefined ? {} : { method: "POST", body });
  const answer = await response.json();
  const again = response.headers.get("Retry-After");
  if (!response.ok) throw Object.assign(new Error(answer.error), { told: again ? say.waiting : answer.error, again });
  return answer;
}
