// A notebook that is opened again, or whose kernel was restarted, has its figures' pictures beside the widgets that are
// gone; JupyterLab and Notebook 7 show "Error displaying widget" all the same. This extension shows the picture, with its
// alternative text, and says which cells wake the figure. And matplotlib's pictures, which have no alternative text,
// get the sentence below them. It is loaded as it stands, without a build.
(() => {
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const ASLEEP = "This figure is asleep: run the cells above it, from the top, and then its own.";
  let shared;

  const load = async (name) => {
    const versions = Object.values(shared[name]);
    return (await versions[0].get())();
  };

  function showPicture(node, model) {
    const picture = document.createElement("img");
    const sentence = document.createElement("p");
    const { alt = "", width } = model.metadata["image/png"] ?? {};
    picture.src = `data:image/png;base64,${model.data["image/png"]}`;
    picture.alt = alt;
    picture.style.maxWidth = "100%";
    if (width) picture.width = width;
    sentence.textContent = ASLEEP;
    sentence.style.padding = "6px 0";
    node.replaceChildren(sentence, picture);
  }

  const withPicture = (factory) => ({
    ...factory,
    createRenderer: (options) => {
      const renderer = factory.createRenderer(options);
      const render = renderer.renderModel.bind(renderer);
      renderer.renderModel = async (model) => {
        await render(model);
        const failed = renderer.node.textContent.startsWith("Error displaying widget");
        if (failed && model.data["image/png"]) showPicture(renderer.node, model);
      };
      return renderer;
    },
  });

  // ipywidgets puts its factory in anew once it knows the kernel, so what is added later is changed too.
  function watch(rendermime) {
    const add = rendermime.addFactory.bind(rendermime);
    const present = rendermime.getFactory(WIDGET);
    rendermime.addFactory = (factory, rank) =>
      add(factory.mimeTypes.includes(WIDGET) ? withPicture(factory) : factory, rank);
    if (present) {
      rendermime.removeMimeType(WIDGET);
      rendermime.addFactory(present, -10); // the rank that ipywidgets gives it
    }
  }

  // "What you see", in the cell below a picture, is its alternative text.
  function sentenceBelow(panel, picture) {
    const cells = panel.content.widgets;
    const below = cells[cells.findIndex((cell) => cell.node.contains(picture)) + 1];
    const source = below?.model.type === "markdown" ? below.model.sharedModel.source : "";
    const [, said] = source.match(/^\*What you see:\*\s*([^]*?)(\n\s*\n|$)/) ?? [];
    return said?.replace(/\s+/g, " ").replace(/[*`$]/g, "") ?? "A picture that the cell above has drawn.";
  }
  function describe(panel) {
    const look = () => panel.node.querySelectorAll(".jp-RenderedImage img:not([alt])")
      .forEach((picture) => (picture.alt = sentenceBelow(panel, picture)));
    new MutationObserver(look).observe(panel.node, { childList: true, subtree: true });
  }

  async function extension() {
    const { INotebookTracker } = await load("@jupyterlab/notebook");
    const activate = (app, tracker) => {
      const found = (panel) => { watch(panel.content.rendermime); describe(panel); };
      tracker.forEach(found);
      tracker.widgetAdded.connect((_, panel) => found(panel));
    };
    const plugin = { id: "dltools:asleep", autoStart: true, requires: [INotebookTracker], activate };
    return () => ({ __esModule: true, default: plugin });
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.dltools = { init: (scope) => { shared = scope; }, get: extension };
})();
