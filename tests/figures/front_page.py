"""A page with one figure and no Jupyter: the module in a real browser, answered by the figure in this process."""

import json
from typing import Any

from dltools.figures.base.front import Front

PAGE = """<!doctype html><html lang="en"><title>A figure</title><style>{css}</style>
<body data-jp-theme-light="{light}"><main><div id="figure"></div></main></body></html>"""
DARK = {"layout-color1": "#212121", "layout-color2": "#303030", "layout-color3": "#424242", "brand-color1": "#64b5f6"}
DARK |= {"ui-font-color1": "#ffffff", "ui-font-color2": "#ffffffb3", "content-font-color2": "#ffffffb3"}
DARK |= {"border-color0": "#616161", "border-color2": "#424242"}
START = """async ([source, state]) => {
  const {default: front} = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  const listeners = {};
  const tell = (event, value) => (listeners[event] ?? []).forEach((listener) => listener(value));
  const model = {
    get: (key) => state[key],
    set: (key, value) => { state[key] = value; tell(`change:${key}`); },
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    send: (action) => {
      window.asked.push(action);
      window.ask(action).then((messages) => messages.forEach((message) => tell("msg:custom", message)));
    },
  };
  window.asked = [];
  window.tell = tell;
  front.initialize({model});
  window.end = front.render({model, el: document.querySelector("#figure")});
}"""


def front_page(browser: Any, figure: Front, dark: bool = False, **context: Any) -> Any:
    """Return a page that shows the figure; what the learner does there is done in this process."""
    page = browser.new_page(**context)
    sent: list[dict[str, Any]] = []
    figure.send = lambda message, buffers=None: sent.append(json.loads(json.dumps(message)))  # type: ignore[method-assign]

    def ask(action: dict[str, Any]) -> list[dict[str, Any]]:
        sent.clear()
        figure.asked(action)
        return list(sent)

    page.expose_function("ask", ask)
    css = figure._css + (f":root {{ {' '.join(f'--jp-{key}: {value};' for key, value in DARK.items())} }}" * dark)
    css += f"body {{ background: {'#111' if dark else '#fff'}; }}"
    page.set_content(PAGE.format(css=css, light=str(not dark).lower()))
    page.evaluate(START, [figure._esm, {"scene": figure.get_state()["scene"]}])
    return page
