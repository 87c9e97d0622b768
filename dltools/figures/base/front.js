// The browser's side of every figure: picture, controls, the sentence below, what pointer and keys do. No build step.
// `scene` is all that is drawn (see Lab._scene); a message has what changed of it, from a kernel or from a list.
// front.py puts targets.js, trail.js, play.js and tour.js in front of it: they are one module, as a widget has one.

const SVG = "http://www.w3.org/2000/svg";
const ASLEEP = "This figure is asleep: run the cells above it, from the top, and then its own.";
const LATE = "There is no answer yet: the kernel is busy. If it was restarted, run the cells above, from the top, and then this one.";
const PATIENCE = 5000; // milliseconds after which a learner is told that no answer has come
const OWN = Math.random().toString(36).slice(2); // each figure has this module of its own, and all are on one page
let ids = 0;

function fill(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "boolean" && !name.startsWith("aria-")) node.toggleAttribute(name, value);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
  return node;
}
const shape = (tag, attributes = {}) => fill(document.createElementNS(SVG, tag), attributes);
function make(tag, name = "", attributes = {}, ...children) {
  const node = fill(document.createElement(tag), attributes);
  if (name) node.className = `dl-${name}`;
  node.append(...children);
  return node;
}
function say(node, text) { // only a new text: a live region would say the old one again
  if (node.textContent !== text) node.textContent = text;
}

// The scene.

export function merge(scene, changes) {
  const merged = { ...scene };
  for (const [key, change] of Object.entries(changes)) merged[key] = isEntries(scene[key]) ? mergeEntries(scene[key], change) : change;
  return merged;
}
const isEntries = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
function mergeEntries(entries, changes) {
  const merged = { ...entries, ...changes };
  for (const [name, value] of Object.entries(merged)) if (value === null) delete merged[name];
  return merged;
}

function become(node, fresh) { // one shape turns into the other, so that what did not change is left alone
  if (node.tagName !== fresh.tagName || fresh.firstElementChild) return node.replaceWith(fresh);
  for (const { name } of [...node.attributes]) if (!fresh.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  say(node, fresh.textContent);
}
function patch(svg, before, after) { // parts by number, each one element
  const nodes = [...svg.children];
  const parts = Object.values(after);
  const changed = [...parts.keys()].filter((place) => parts[place] !== before[place]);
  const holder = shape("svg");
  holder.innerHTML = changed.map((place) => parts[place]).join("");
  nodes.splice(parts.length).forEach((node) => node.remove());
  [...holder.children].forEach((fresh, at) => (nodes[changed[at]] ? become(nodes[changed[at]], fresh) : svg.append(fresh)));
}

// Controls: native inputs, so that names, keys and roles are the browser's.

const TYPES = { slider: "range", steps: "range", switch: "checkbox", field: "text" };

function newControl(name, { kind, label, tip }, act) {
  const id = `dl-${OWN}-${(ids += 1)}`;
  const send = (value, more = false) => act({ set: { [name]: value }, more });
  const control = { kind, busy: false, value: null };
  if (kind === "button") {
    control.input = make("button", "", { type: "button" }, label);
    control.input.addEventListener("click", () => send((control.value += 1)));
  } else {
    control.input = TYPES[kind] ? make("input", "", { type: TYPES[kind], id }) : make("select", "", { id });
    listen(control, send);
  }
  if (tip) control.input.title = tip;
  control.node = make("div", "control");
  const caption = make("label", "", { for: id }, label);
  if (kind === "button") control.node.append(control.input);
  else if (kind === "switch") control.node.append(control.input, caption);
  else control.node.append(caption, control.input);
  if (kind === "slider") control.node.append(typedNumber(control, label, send));
  if (kind === "steps") control.node.append((control.readout = make("span", "readout", { "aria-hidden": "true" })));
  return control;
}
function listen(control, send) {
  const { kind, input } = control;
  if (kind === "slider" || kind === "steps") {
    let going = false; // a drag is one step for Undo
    input.addEventListener("input", () => {
      showValue(control, +input.value);
      send(+input.value, going);
      going = dragging;
    });
    input.addEventListener("change", () => (going = false));
    let dragging = false;
    input.addEventListener("pointerdown", () => (dragging = true));
    input.addEventListener("pointerup", () => (dragging = false));
  } else if (kind === "field") {
    taken(control, input, () => send(input.value));
  } else {
    input.addEventListener("change", () => send(kind === "switch" ? input.checked : input.selectedIndex));
  }
}
function taken(control, input, send) { // a text is taken on Enter, which JupyterLab keeps from the field, or when it is left
  input.addEventListener("input", () => (control.busy = true));
  const take = () => { control.busy = false; send(); };
  input.addEventListener("change", take);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
}
function typedNumber(control, label, send) { // the same number, to be typed
  const typed = make("input", "", { type: "number", "aria-label": `${label}, typed` });
  control.typed = typed;
  taken(control, typed, () => { if (typed.value !== "") send(+typed.value); });
  return typed;
}
function showValue(control, value) {
  const { kind, input, typed, readout, digits, options } = control;
  control.value = value;
  if (kind === "switch") input.checked = value;
  else if (kind === "choice") input.selectedIndex = value;
  else if (kind !== "button") input.value = value;
  if (typed) typed.value = value.toFixed(digits);
  if (readout) say(readout, options[value]);
  if (kind === "steps") fill(input, { "aria-valuetext": options[value] });
}
function drawControl(control, { kind, value, min, max, step, digits, options, disabled, blank }) {
  const { input, typed, node } = control;
  node.classList.toggle("dl-blank", blank);
  Object.assign(control, { digits, options });
  if (kind === "slider") [input, typed].forEach((one) => fill(one, { min, max, step }));
  if (kind === "steps") fill(input, { min: 0, max: options.length - 1, step: 1 });
  if (kind === "choice" && [...input.options].map((option) => option.text).join("\n") !== options.join("\n"))
    input.replaceChildren(...options.map((option) => make("option", "", {}, option)));
  for (const one of [input, typed]) if (one) one.disabled = disabled;
  if (!control.busy) showValue(control, value);
}

const front = {
  initialize({ model }) { // once a model: what a later view starts from
    model.on("msg:custom", (changes) => model.set("scene", merge(model.get("scene"), changes)));
  },

  render({ model, el }) {
    let scene = { parts: {} };
    let shown = { parts: {} }; // the picture: the scene's, or one of its frames
    let busy = false;
    let patience = 0;
    let playing = false; // what was done last
    const queue = [];
    const controls = {};

    const title = make("div", "title");
    const panel = make("div", "panel");
    const asleep = make("p", "asleep");
    const trouble = make("p", "trouble");
    const svg = shape("svg", { role: "img" });
    const touch = newTargets(act);
    const trail = newTrail();
    const stage = make("div", "stage", {}, svg, trail.node, touch.over);
    const picture = make("div", "picture", {}, stage);
    const status = make("div", "status", { role: "status" });
    const player = newPlayer({ names: model.get("scene").plays ?? [], controls: () => scene.controls, idle: () => !busy, act: actAndScrub, status });
    const buttons = make("div", "group", {}, button("Undo", "Take back the last change"), button("Reset", "Back to the start, with the same seed"));
    const compare = button("Yours and right", "The same picture with the right functions, below yours", "both");
    if (typeof model.get("scene").compared === "boolean") buttons.append(compare);
    if (model.get("scene").plays?.length) buttons.append(player.node);
    const tour = newTour({ stops: model.get("scene").tour ?? [], act });
    el.classList.add("dl-lab");
    el.replaceChildren(title, panel, asleep, trouble, picture, touch.hint, status, ...(model.get("scene").tour?.length ? [tour.node] : []), buttons);

    // Acting: one request at a time, and of what comes meanwhile the last of each kind.

    function act(action) {
      const last = queue.at(-1);
      const stays = (one) => one.do || (one.touch && !one.drag); // of these each one counts
      if (last && !stays(last) && !stays(action))
        queue[queue.length - 1] = { ...last, ...action, set: { ...last.set, ...action.set }, more: last.more && action.more };
      else queue.push(action);
      if (!busy) next();
    }
    function next() {
      if (!queue.length) return;
      busy = true;
      patience = setTimeout(() => say(asleep, LATE), PATIENCE);
      const action = queue.shift();
      playing = Boolean(action.play);
      try { model.send(action); } catch { sleep(); }
    }
    function answered() {
      clearTimeout(patience);
      say(asleep, "");
      busy = false;
      next();
    }
    function sleep() {
      clearTimeout(patience);
      player.pause();
      queue.length = 0;
      say(asleep, ASLEEP);
    }
    function button(name, tip, kind = name.toLowerCase()) {
      const node = make("button", "", { type: "button", title: tip }, name);
      node.addEventListener("click", () => act({ do: kind }));
      return node;
    }

    // Keys stay in the figure: "x" in a list would cut the notebook's cell. The notebook looks for the attribute at the
    // focused element, and Notebook 7 listens at the document as events come in. Ctrl+S goes on to the notebook.

    function keep(event) {
      if (!el.contains(event.target)) return;
      event.target.toggleAttribute("data-lm-suppress-shortcuts", !event.ctrlKey && !event.metaKey && !event.altKey);
    }
    window.addEventListener("keydown", keep, true);

    // Drawing: everything once, then what changed.

    function drawPanel() {
      const rows = scene.groups.map(([caption, names]) => {
        const row = make("div", "controls");
        for (const name of names) row.append((controls[name] = newControl(name, scene.controls[name], actAndScrub)).node);
        return make("div", "group", {}, ...(caption ? [make("div", "caption", {}, caption)] : []), row);
      });
      panel.replaceChildren(...rows, ...(scene.prediction ? [drawPrediction()] : []));
    }
    function actAndScrub(action) { // frames are all here: the next one is shown without asking
      if (scene.scrub in action.set) {
        showValue(controls[scene.scrub], action.set[scene.scrub]);
        drawPicture();
      }
      act(action);
    }
    function drawPrediction() {
      const { question, choices } = scene.prediction;
      const id = `dl-${OWN}-${(ids += 1)}`;
      const options = ["", ...choices].map((value) => make("option", "", { value }, value || "choose"));
      const guess = make("select", "", { id }, ...options);
      const reveal = button("Reveal", "Show the answer beside your prediction");
      guess.addEventListener("change", () => { reveal.disabled = !guess.value; act({ guess: guess.value }); });
      controls.prediction = { guess, reveal, outcome: make("div", "outcome") };
      const asked = make("div", "control", {}, make("label", "", { for: id }, "Your prediction"), guess);
      return make("div", "prediction", {}, make("div", "question", {}, question), asked, reveal, controls.prediction.outcome);
    }
    function drawControls(before) {
      const waiting = Object.assign({}, ...queue.map((action) => action.set)); // ahead of the answer: not touched
      for (const [name, control] of Object.entries(scene.controls))
        if (!(name in waiting)) drawControl(controls[name], control);
      if (!scene.prediction) return;
      const { guess, reveal, outcome } = controls.prediction;
      if (!queue.some((action) => "guess" in action)) guess.value = scene.guess;
      reveal.disabled = !guess.value;
      say(outcome, scene.outcome);
    }
    function drawPicture() {
      const before = shown;
      shown = scene.frames?.[controls[scene.scrub].value] ?? scene;
      stage.hidden = !Object.keys(shown.parts).length;
      fill(svg, { "aria-label": scene.label, viewBox: `0 0 ${shown.width} ${shown.height}`, width: shown.width, height: shown.height });
      stage.style.maxWidth = `${shown.width}px`;
      stage.style.minWidth = `${shown.least}px`;
      trail.leave(svg, before, shown, playing);
      if (shown.parts !== before.parts) patch(svg, before.parts, shown.parts);
      say(status, shown.status ?? "");
      fill(touch.over, { viewBox: `0 0 ${shown.width} ${shown.height}` });
      if (shown.targets !== before.targets) touch.draw(shown.targets ?? {});
    }
    function draw() {
      const before = scene;
      scene = model.get("scene");
      if (!before.groups) drawPanel();
      say(title, scene.title);
      fill(el, { role: "group", "aria-label": scene.title });
      drawControls(before);
      fill(compare, { "aria-pressed": scene.compared ?? false });
      player.draw();
      tour.draw(scene.revealed);
      say(trouble, scene.trouble);
      drawPicture();
    }

    const scrolls = new ResizeObserver(() => { // a picture that scrolls can be reached by Tab
      if (picture.scrollWidth > picture.clientWidth) picture.tabIndex = 0;
      else picture.removeAttribute("tabindex");
    });
    scrolls.observe(picture);
    scrolls.observe(stage);
    model.on("change:scene", () => { draw(); answered(); });
    model.on("comm_live_update", sleep);
    draw();
    return () => {
      clearTimeout(patience);
      player.pause();
      scrolls.disconnect();
      window.removeEventListener("keydown", keep, true);
    };
  },
};
export default front;
