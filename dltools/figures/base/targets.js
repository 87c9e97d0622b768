// Part of the module of front.js: pointer and keys in a picture.

// Targets: the parts of a picture that pointer and keys reach. They lie in a second picture over the first, as what is
// inside an image does not exist for a screen reader. In a grid one cell can be reached by Tab, the others by arrows.

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const USE = {
  set: "",
  step: "Click or Enter adds 1; Shift and click, or −, takes 1 away.",
  paint: "Click or Enter paints; drag to paint more.",
  move: "Drag it, or move it with the arrow keys.",
};

function newTargets(act) {
  const over = shape("svg", { role: "group", class: "dl-over", "aria-label": "Parts of the picture" });
  const aim = shape("rect", { class: "dl-aim", "aria-hidden": "true", rx: 3 });
  const hint = make("div", "hint", { "aria-hidden": "true" });
  const cells = new Map();
  let targets = {};
  let pressed = null;

  const middle = ({ box: [x, y, width, height] }) => [x + width / 2, y + height / 2];
  const keyAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.dataset?.key;
  const focused = () => (over.contains(document.activeElement) ? document.activeElement.dataset.key : null);
  function place(event) { // in the picture's own pixels
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(over.getScreenCTM().inverse());
    return [x, y];
  }
  function point(key) { // hover or focus, in the browser alone
    const target = targets[key];
    aim.style.display = target ? "" : "none";
    say(hint, target ? [target.label, target.say, USE[target.kind]].filter(Boolean).join(". ").replaceAll("..", ".") : "");
    if (target) ["x", "y", "width", "height"].forEach((name, i) => aim.setAttribute(name, (target.frame ?? target.box)[i]));
  }
  function perform({ kind, set, touch }, { less = false, ink, to, more = false } = {}) {
    if (kind === "set") act({ set, more });
    else act({ touch: [...touch, ...(kind === "move" ? to : [kind === "paint" ? ink : less ? -1 : 1])], more, drag: kind === "move" });
  }
  function reach(key) { // the one cell of its grid that Tab reaches
    const { grid, kind } = targets[key];
    const together = [...cells].filter(([name]) => targets[name].grid === grid && kind !== "move");
    for (const [name, cell] of together) fill(cell, { tabindex: name === key ? 0 : -1 });
    cells.get(key).focus({ preventScroll: true });
  }
  function neighbour(key, [right, down]) { // the nearest in this direction
    const [x, y] = middle(targets[key]);
    const ways = Object.keys(targets).filter((name) => targets[name].grid === targets[key].grid && name !== key).map((name) => {
      const [dx, dy] = [middle(targets[name])[0] - x, middle(targets[name])[1] - y];
      return { name, along: dx * right + dy * down, aside: Math.abs(dx * down) + Math.abs(dy * right) };
    });
    return ways.filter(({ along, aside }) => along > 1 && aside < 2 * along).sort((a, b) => a.along + 2 * a.aside - b.along - 2 * b.aside)[0]?.name;
  }

  over.addEventListener("pointerdown", (event) => {
    const key = keyAt(event);
    if (!targets[key] || event.button) return;
    event.preventDefault(); // the notebook would take the focus
    over.setPointerCapture(event.pointerId);
    pressed = { key, last: key, ink: targets[key].ink };
    reach(key);
    if (targets[key].kind !== "move") perform(targets[key], { less: event.shiftKey, ink: pressed.ink });
  });
  over.addEventListener("pointermove", (event) => {
    const key = keyAt(event);
    if (!pressed) return point(key ?? focused());
    const held = targets[pressed.key];
    if (held?.kind === "move") perform(held, { to: place(event), more: pressed.going });
    else if (held && targets[key]?.grid === held.grid && key !== pressed.last && held.kind !== "step") perform(targets[key], { ink: pressed.ink, more: true });
    else return;
    pressed.going = true;
    pressed.last = key;
    point(held.kind === "move" ? pressed.key : key);
  });
  ["pointerup", "pointercancel"].forEach((type) => over.addEventListener(type, () => (pressed = null)));
  over.addEventListener("pointerleave", () => point(focused()));
  over.addEventListener("focusin", (event) => point(event.target.dataset.key));
  over.addEventListener("focusout", () => point(null));
  over.addEventListener("keydown", (event) => {
    const key = event.target.dataset.key, target = targets[key], arrow = ARROWS[event.key];
    const less = event.key === "-" || event.key === "−", acts = ["Enter", " ", "+"].includes(event.key) || less;
    if (!target || (!arrow && !acts) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (arrow && target.kind === "move") perform(target, { to: middle(target).map((at, i) => at + arrow[i] * target.step[i]) });
    else if (arrow) reach(neighbour(key, arrow) ?? key);
    else if (target.kind !== "move") perform(target, { less, ink: target.ink });
  });

  function draw(fresh) {
    const focus = focused();
    const same = Object.keys(fresh).join() === [...cells.keys()].join();
    const before = same ? targets : {};
    targets = fresh;
    if (!same) layOut();
    const changed = Object.entries(targets).filter(([key, target]) => target !== before[key]);
    for (const [key, { box: [x, y, width, height], label, here, kind }] of changed) {
      const move = kind === "move";
      fill(cells.get(key), { x, y, width, height, rx: move ? width / 2 : 0, "aria-label": label });
      fill(cells.get(key), move ? { "aria-valuenow": Math.round(x), "aria-valuetext": label } : kind === "set" ? { "aria-selected": here } : {});
    }
    if (!same && focus && cells.has(focus)) reach(focus);
    point(focused());
  }
  function layOut() {
    cells.clear();
    const grids = new Map();
    const order = Object.entries(targets).sort(([, a], [, b]) => a.box[1] - b.box[1] || a.box[0] - b.box[0]);
    for (const [key, { grid, kind, here, box: [, y] }] of order) {
      const move = kind === "move";
      if (!grids.has(grid)) grids.set(grid, shape("g", { role: move ? "group" : "grid", "aria-label": `${grid}. ${USE[kind]}` }));
      const all = grids.get(grid);
      if (!move && all.lastChild?.dataset.y !== String(y)) all.append(shape("g", { role: "row", "data-y": y }));
      const first = move || !all.querySelector("[tabindex='0']") || here;
      if (first && !move) all.querySelector("[tabindex='0']")?.setAttribute("tabindex", -1);
      const cell = shape("rect", { role: move ? "slider" : "gridcell", "data-key": key, tabindex: first ? 0 : -1 });
      (move ? all : all.lastChild).append(cell);
    }
    over.replaceChildren(...grids.values(), aim);
    for (const key of Object.keys(targets)) cells.set(key, over.querySelector(`[data-key="${CSS.escape(key)}"]`));
  }
  return { over, hint, draw };
}
