// Part of the module of front.js: a tour says what there is to see, a sentence at a time; the controls are set for it.

function newTour({ stops, act }) {
  let at = -1; // no stop
  const press = (name, step) => {
    const node = make("button", "", { type: "button" }, name);
    node.addEventListener("click", () => go(step()));
    return node;
  };
  const start = press("Tour", () => (at < 0 ? 0 : -1));
  const back = press("Back", () => at - 1), next = press("Next", () => at + 1);
  const text = make("span", "tour-text", { "aria-live": "polite" }); // the status is the picture's
  const node = make("div", "tour", { role: "group", "aria-label": "Tour" }, start, back, next, text);
  const keys = { ArrowLeft: back, ArrowRight: next };
  node.addEventListener("keydown", (event) => keys[event.key]?.click());

  function go(to) {
    at = to;
    if (stops[at]) act({ tour: at });
    draw();
  }
  function draw(revealed = true) { // its sentences are no answer to the question
    start.disabled = !revealed && at < 0;
    start.title = start.disabled ? "After your prediction" : `${stops.length} things to see`;
    say(start, at < 0 ? "Tour" : "End of tour");
    back.hidden = next.hidden = at < 0;
    back.disabled = at <= 0;
    next.disabled = at === stops.length - 1;
    say(text, at < 0 ? "" : `${at + 1} of ${stops.length}: ${stops[at]}`);
  }
  return { node, draw };
}
