// Part of the module of front.js on a page without kernel: a list of states, made by film.py, answers in its place.

export function still({ scene, shown, outcomes, names, asks, states }) {
  const listeners = {};
  const past = [];
  let guess = "";
  let now = { set: {}, revealed: !scene.prediction, outcome: "" };

  const answered = merge(scene, shown);
  const key = (set) => names.map((name) => +(+(set[name] ?? answered.controls[name].value)).toFixed(9)).join();
  const drawn = () => ({ ...(now.revealed ? merge(answered, states[key(now.set)]) : scene), guess, outcome: now.outcome });
  function change(next) {
    past.push(now);
    now = { ...now, ...next };
  }
  function answer({ do: what, guess: chosen, set, more }) {
    if (chosen !== undefined) guess = chosen;
    if (what === "reveal") now = { ...now, revealed: true, outcome: outcomes[guess] };
    if (what === "undo" && past.length) now = { ...past.pop(), revealed: now.revealed };
    if (what === "reset") change({ set: {} });
    if (set && key({ ...now.set, ...set }) in states) {
      const next = { set: { ...now.set, ...set }, outcome: asks.some((name) => name in set) ? "" : now.outcome };
      if (more) now = { ...now, ...next };
      else change(next);
    }
    model.set("scene", drawn());
  }
  const model = {
    get: () => model.scene,
    set: (key, value) => { model[key] = value; (listeners[`change:${key}`] ?? []).forEach((listener) => listener()); },
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    send: (action) => setTimeout(() => answer(action)),
    scene,
  };
  return model;
}

for (const list of document.querySelectorAll("script.dl-film")) { // in place of the picture that stands before it
  const el = make("div");
  const model = still(JSON.parse(list.textContent));
  list.before(el);
  front.render({ model, el });
  list.closest(".cell_output").querySelectorAll(".figure-still").forEach((picture) => picture.remove());
}
