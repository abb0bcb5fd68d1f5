"use strict";

/* What in the drawing speaks for the answer, laid over what the network saw. */

let reason = "off"; // which map is asked for
let asking = false, askedAgain = false;

// Shows it for what is seen now: called for every new look into the network.
async function refreshWhy() {
  element.whyAbout.textContent = "";
  if (reason === "off" || !seen) return;
  if (asking) { askedAgain = true; return; }
  asking = true;
  const { image, label } = seen, method = reason;
  try {
    const { values } = await source.why(image, label, method);
    if (seen?.image === image && reason === method) showWhy(image, values, label, method);
  } catch { /* recognize() says that the server is gone */ }
  asking = false;
  if (askedAgain) { askedAgain = false; refreshWhy(); }
}

function showWhy(image, values, label, method) {
  const color = signed(values, 1, (pixel) => new Array(3).fill(DARK + 0.4 * image[pixel]));
  paint(element.seen, 28, 28, (x, y) => color(28 * y + x));
  element.whyAbout.textContent = say.speaks(classes[label]) + say[`about-${method}`];
}

function offerReasons() {
  element.why.replaceChildren(make("legend", { textContent: say.why }), ...["off", ...source.reasons].map((method) => {
    const button = make("input", { type: "radio", name: "why", value: method, checked: method === reason });
    button.addEventListener("change", () => {
      reason = method;
      element.answer.classList.toggle("explained", reason !== "off");
      paintSeen();
      refreshWhy();
    });
    return make("label", {}, button, make("span", { textContent: say[method] }));
  }));
  element.why.hidden = !source.reasons.length;
}
