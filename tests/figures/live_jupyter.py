"""A JupyterLab of its own, and a headless Chromium that opens notebooks in it; for the tests and the benchmark."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "dltools" / "student" / "lab_settings"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}

IDLE = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return session?.isReady && session.session?.kernel?.status === 'idle';
}"""
EXECUTE = """([name, args]) => Promise.race([
  jupyterapp.commands.execute(name, args),
  new Promise((_, reject) => setTimeout(() => reject(new Error(`${name} does not end`)), 120000)),
])"""


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium of the machine, driven by Playwright. Raises LookupError if one of the two is missing."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise LookupError("Chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright  # not there on a user's machine
    except ImportError:
        raise LookupError("playwright is not installed") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


class Lab:
    """A running JupyterLab, to be used with `with`: `folder` is its root, `url(path)` opens a notebook."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.token, self.port = folder / "root", secrets.token_hex(16), free_port()
        self.folder.mkdir()
        self.log = (folder / "jupyter.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, env=self.environment(folder), stdout=self.log, stderr=subprocess.STDOUT
        )

    def command(self) -> list[str]:
        options = {
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.folder,
            "IdentityProvider.token": self.token,
            "LabApp.expose_app_in_browser": True,
            "JupyterNotebookApp.expose_app_in_browser": True,
            "ServerApp.allow_root": True,
            "ServerApp.kernel_websocket_connection_class": "dltools.student.websocket.NoDelay",
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "jupyterlab", "--no-browser", *flags]

    def environment(self, folder: Path) -> dict[str, str]:
        """A home of its own: no settings of the user's, no news, no windowing of the cells."""
        for name, values in SETTINGS.items():
            file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values), encoding="utf-8")
        own = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTER_CONFIG_DIR": "config", "IPYTHONDIR": "ipython"}
        own |= {"JUPYTERLAB_WORKSPACES_DIR": "workspaces", "JUPYTER_RUNTIME_DIR": "runtime"}
        places = {variable: str(folder / name) for variable, name in own.items()}
        course = {"JUPYTER_PATH": str(COURSE), "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        return os.environ | places | course

    def __enter__(self) -> "Lab":
        try:
            self.wait()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self, seconds: float = 180) -> None:
        """Return once the server answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/status?token={self.token}", timeout=5)
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start: see {self.log.name}")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/lab/tree/{path}?token={self.token}&reset"

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Notebook:
    """An open notebook: `page` is Playwright's; what it asked for and complained of is kept.

    Cells that begin with an asterisk are text.
    """

    def __init__(self, lab: Lab, browser: Any, name: str, cells: list[str]) -> None:
        sources = [
            nbformat.v4.new_markdown_cell(source) if source.startswith("*") else nbformat.v4.new_code_cell(source)
            for source in cells
        ]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=sources, metadata=metadata), lab.folder / f"{name}.ipynb")
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 1400})
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(lab.url(f"{name}.ipynb"))
        self.home = f"http://127.0.0.1:{lab.port}"

    def run_all(self, seconds: float = 90) -> None:
        self.idle()
        self.command("notebook:run-all-cells")
        self.page.wait_for_timeout(300)
        self.idle(seconds)

    def idle(self, seconds: float = 90) -> None:
        """Wait until the notebook has a kernel and it is idle; a command that needs one would ask for it and wait."""
        self.page.wait_for_function(IDLE, timeout=1000 * seconds)

    def command(self, name: str, **arguments: Any) -> None:
        self.page.evaluate(EXECUTE, [name, arguments])

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(name == 'Light').lower()}'")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")  # it covers the page while styles change

    def close(self) -> None:
        self.page.close()
