"use strict";

/* Three sentences for who is here for the first time. */

const SEEN = "lenet_tf1.tour";

function remembered() {
  try { return localStorage.getItem(SEEN) !== null; } catch { return true; } // where nothing can be kept, it would come each time
}

function beginTour() {
  if (remembered()) return;
  const places = [element.drawing, element.reading, element.inside];
  let step = 0;
  const end = () => {
    places.forEach((place) => place.classList.remove("toured"));
    element.tour.hidden = true;
    document.removeEventListener("read", drawn);
    try { localStorage.setItem(SEEN, "seen"); } catch { /* it comes again */ }
  };
  const show = () => {
    places.forEach((place, i) => place.classList.toggle("toured", i === step));
    element.tourText.textContent = say.tour[step];
    element.tourCount.textContent = `${step + 1} / ${places.length}`;
    element.tourNext.textContent = step === places.length - 1 ? say.done : say.next;
    element.tourSkip.hidden = step === places.length - 1;
    if (step > 0) places[step].scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  const next = () => { step += 1; if (step < places.length) show(); else end(); };
  const drawn = () => { if (step === 0) next(); };
  document.addEventListener("read", drawn);
  element.tourNext.addEventListener("click", next);
  element.tourSkip.addEventListener("click", end);
  element.tour.hidden = false;
  show();
}
