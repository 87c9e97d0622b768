// Part of the module of front.js: while it plays, a figure shows where it came from: the way through its parts, and of a
// plot the lines that were there before.

const KEPT = { places: 8, ghosts: 3 };

function newTrail() {
  const node = shape("svg", { class: "dl-trail", "aria-hidden": "true" });
  let places = [], ghosts = [];
  const here = (targets) => Object.values(targets ?? {}).find((target) => target.here)?.box;

  function leave(svg, before, after, playing) { // called while the picture is still the one before
    const from = here(before.targets), to = here(after.targets);
    if (!playing) places = ghosts = [];
    else if (from && to && from.join() !== to.join()) places = [...places, from].slice(-KEPT.places);
    const lines = [...svg.children].filter((part) => part.matches(".dl-plot")).at(-1);
    if (playing && lines && after.parts !== before.parts) ghosts = [...ghosts, ghost(lines)].slice(-KEPT.ghosts);
    ghosts.forEach((one, at) => fill(one, { opacity: 0.3 / (ghosts.length - at) }));
    const frames = places.map(([x, y, width, height], at) => // the longer ago, the fainter
      shape("rect", { x: x + 2, y: y + 2, width: width - 4, height: height - 4, rx: 3, opacity: (at + 1) / (places.length + 1) }));
    node.replaceChildren(...ghosts, ...frames);
    fill(node, { viewBox: `0 0 ${after.width} ${after.height}` });
  }
  function ghost(lines) { // without shades, which would mix
    const copy = lines.cloneNode(true);
    copy.querySelectorAll("image").forEach((image) => image.remove());
    return copy;
  }
  return { node, leave };
}
