// Part of the module of front.js: Play goes through the values of a figure's main controls, the last of them fastest.

const PACES = { slow: 1500, normal: 600, fast: 150 }; // milliseconds from one step to the next
const STILL = matchMedia("(prefers-reduced-motion: reduce)"); // whoever wants no motion makes each step

function first({ kind, min, value }) {
  return kind === "slider" ? min : kind === "button" ? value : 0;
}
function following({ kind, value, step, max, digits, options, most }) { // undefined behind the last one
  const last = kind === "slider" ? max : options ? options.length - 1 : most ?? Infinity;
  const next = kind === "slider" ? +(value + step).toFixed(digits) : value + 1;
  return next > last ? undefined : next;
}
export function advance(controls, names) { // as the digits of a number go on; null behind the last one
  const set = {};
  for (const name of [...names].reverse()) {
    const next = controls[name].disabled ? undefined : following(controls[name]);
    set[name] = next ?? first(controls[name]);
    if (next !== undefined) return set;
  }
  return null;
}

function newPlayer({ names, controls, idle, act, status }) {
  let timer = 0;
  const button = make("button", "", { type: "button", title: "Go through the values, one after the other" });
  const pace = make("select", "", { "aria-label": "Speed" }, ...Object.keys(PACES).map((name) => make("option", "", { value: name }, name)));
  pace.value = "normal";
  const node = make("div", "control", {}, button, pace);
  const caption = () => say(button, STILL.matches ? "Next step" : timer ? "Pause" : "Play");

  function go(more, wraps = false) { // false behind the last one
    const start = Object.fromEntries(names.map((name) => [name, first(controls()[name])]));
    const set = advance(controls(), names) ?? (wraps ? start : null);
    if (set) act({ set, more, play: true });
    return Boolean(set);
  }
  function tick() {
    if (!node.isConnected || (idle() && !go(true))) return pause();
    timer = setTimeout(tick, PACES[pace.value]);
  }
  function pause() {
    clearTimeout(timer);
    timer = 0;
    status.removeAttribute("aria-live"); // a role of its own says it again
    caption();
  }
  button.addEventListener("click", () => {
    if (timer) return pause();
    go(false, true);
    if (STILL.matches) return;
    status.setAttribute("aria-live", "off"); // not every step is read aloud
    timer = setTimeout(tick, PACES[pace.value]);
    caption();
  });
  const draw = () => {
    const all = names.map((name) => controls()[name]);
    const disabled = all.every((one) => one.disabled) || all.some((one) => one.disabled && !one.blank); // it waits
    [button, pace].forEach((one) => (one.disabled = disabled));
    if (disabled && timer) pause();
    pace.hidden = STILL.matches;
    caption();
  };
  return { node, draw, pause };
}
