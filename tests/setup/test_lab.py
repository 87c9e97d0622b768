"""`dltools lab` on an unpacked students' edition: a real JupyterLab, asked over HTTP as the browser does."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from dltools.release.bundle import FOLDER, write_bundle
from tests.setup.edition import make_repository

Ask = Callable[[str], str]
COMMAND = [sys.executable, "-m", "dltools", "lab", "--no-browser", "--allow-root", "--port=0"]
COMMAND += ["--ServerApp.port_retries=50"]


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Iterator[tuple[Path, Path, Ask]]:
    """The edition's folder, the user's home, and how to ask the JupyterLab that was started there."""
    folder, home = tmp_path_factory.mktemp("student"), tmp_path_factory.mktemp("home")
    write_bundle(make_repository(tmp_path_factory.mktemp("repository")), folder / "edition.zip")
    with zipfile.ZipFile(folder / "edition.zip") as archive:
        archive.extractall(folder)
    plant_kernel(home)
    edition = folder / FOLDER
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        process = subprocess.Popen(COMMAND, cwd=folder, env=variables(edition, home), stdout=log, stderr=log)
    try:
        yield edition, home, wait_for_server(edition, process, folder / "log.txt")
    finally:
        process.terminate()
        process.wait(timeout=30)


def variables(edition: Path, home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(edition), "HOME": str(home), "USERPROFILE": str(home)}


def plant_kernel(home: Path) -> None:
    """A kernel named python3 in the user's home, as an older installation leaves it."""
    for data in (".local/share/jupyter", "Library/Jupyter", "AppData/Roaming/jupyter"):
        folder = home / data / "kernels" / "python3"
        folder.mkdir(parents=True)
        spec = {"argv": ["/not/this/python"], "display_name": "The wrong one", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def wait_for_server(edition: Path, process: subprocess.Popen, log: Path) -> Ask:
    """Wait until the server has written where it listens, and return how to ask it."""
    for _ in range(600):
        found = list((edition / "work" / ".jupyter" / "runtime").glob("jpserver-*.json"))
        if found and found[0].stat().st_size:  # it is made a moment before it is written
            server = json.loads(found[0].read_text(encoding="utf-8"))
            return lambda page: read(f"{server['url']}{page}?token={server['token']}")
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise TimeoutError(log.read_text(encoding="utf-8"))


def read(address: str) -> str:
    """What a server answers that may have written its address a moment before it listens there."""
    for _ in range(100):
        try:
            return urllib.request.urlopen(address, timeout=60).read().decode()
        except HTTPError:
            raise
        except URLError:
            time.sleep(0.1)
    raise TimeoutError(address)


def page_config(ask: Ask) -> dict:
    """What the JupyterLab page tells its own scripts."""
    config = re.search(r'id="jupyter-config-data" type="application/json">(.*?)</script>', ask("lab"), re.DOTALL)
    return json.loads(config[1])


def test_it_opens_the_working_copy(started):
    edition, _, ask = started
    listed = [entry["name"] for entry in json.loads(ask("api/contents"))["content"]]
    assert listed == ["04-convolution"]
    assert (edition / "work" / "04-convolution" / "04-convolution.ipynb").exists()


def test_staff_s_menus_and_the_news_are_off(started):
    disabled = page_config(started[2])["disabledExtensions"]
    assert {"@jupyter/nbgrader", "@jupyterlab/apputils-extension:announcements"} <= set(disabled)


def test_staff_s_server_pages_are_off(started):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        started[2]("formgrader")


def test_kernel_is_the_course_s_own(started):
    kernels = json.loads(started[2]("api/kernelspecs"))["kernelspecs"]
    assert list(kernels) == ["python3"]
    assert kernels["python3"]["spec"]["display_name"] != "The wrong one"


def test_nothing_is_written_into_the_home(started):
    written = [path for path in started[1].rglob("*") if path.is_file() and path.name != "kernel.json"]
    assert written == []


def test_it_says_its_address_in_one_line_and_nothing_else(started):
    edition, _, ask = started
    ask("lab")
    said = (edition.parent / "log.txt").read_text(encoding="utf-8")
    assert re.fullmatch(
        r"JupyterLab: http://\S+/lab/tree/04-convolution/04-convolution.ipynb\?token=\w+ \(.*\)\n", said
    )


def test_second_start_reuses_the_server(started):
    edition, home, _ = started
    again = subprocess.run(COMMAND, cwd=home, env=variables(edition, home), capture_output=True, text=True, timeout=120)
    first = (edition.parent / "log.txt").read_text(encoding="utf-8").split()[1]
    assert (again.returncode, again.stdout) == (0, f"JupyterLab is running already: {first}\n"), again.stderr


def test_browser_console_is_clean(started, browser_path):
    with ThreadPoolExecutor(1) as thread:  # Playwright takes a thread for itself, and the figures' tests have this one
        assert thread.submit(console_errors, started, browser_path).result() == []


def console_errors(started, browser_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    address = (started[0].parent / "log.txt").read_text(encoding="utf-8").split()[1]
    said: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        page.wait_for_selector(".jp-NotebookPanel", timeout=120_000)
        page.wait_for_selector("#jp-main-statusbar:has-text('Idle')", timeout=120_000)
        browser.close()
    return said
