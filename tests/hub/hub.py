"""A real JupyterHub by deploy/hub, edited as docs/hub.md says, with accounts of its own and a browser for each person.

Run as root it makes accounts of the machine and removes them again; else everybody is the same account of the machine.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.figures.live_jupyter import EXECUTE, IDLE, ROOT, free_port
from tests.hub.installation import shared

UNIT = "01-perceptron"
PEOPLE = ("grader", "instructor", "ada", "ben")
PASSWORD = secrets.token_urlsafe(12)

# What a test must have otherwise: ports, places of the Hub's own files, and a page that can be driven.
OVERRIDES = """
load_subconfig({config!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
c.JupyterHub.db_url = "sqlite:///{folder}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.Spawner.args = ["--LabApp.expose_app_in_browser=True"]
"""
WITHOUT_ACCOUNTS = """
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/home/{{username}}"
"""


def proxy() -> list[str]:
    """The command of configurable-http-proxy, from the npm package or Debian's; empty when there is none that works."""
    found = shutil.which("configurable-http-proxy")
    works = found and not subprocess.run([found, "--version"], capture_output=True).returncode
    return [found] if works else []


class Hub:
    """A running Hub, to be used with `with`. `names` are the accounts of the people in PEOPLE."""

    def __init__(self, folder: Path, browser: Any) -> None:
        self.folder, self.browser, self.port = folder, browser, free_port()
        folder.chmod(0o755)
        self.installation = shared(folder / "env") or Path(sys.prefix)
        self.accounts = self.installation != Path(sys.prefix)
        own = f"-{secrets.token_hex(2)}" if self.accounts else ""  # no account of the machine's own is ever touched
        self.names = {person: f"dl-{person}{own}" for person in PEOPLE}
        self.follow_the_walk()

    def home(self, person: str) -> Path:
        return self.folder / "home" / self.names[person]

    def follow_the_walk(self) -> None:
        """The accounts, the exchange, the configuration with its lines edited, and the grader's repository."""
        (self.folder / "home").mkdir()
        for person in PEOPLE:
            self.make_account(person)
        (self.folder / "exchange").mkdir()
        (self.folder / "exchange").chmod(0o777)
        shutil.copytree(ROOT / "deploy" / "hub", self.folder / "hub", ignore=shutil.ignore_patterns("__pycache__"))
        config = "hub/jupyterhub_config.py"
        self.edit(config, 'STAFF = ["instructor"]', f"STAFF = {[self.names['instructor']]}")
        self.edit(config, 'GRADER = "grader"', f"GRADER = {self.names['grader']!r}")
        self.edit(config, 'STUDENTS = "students"', f"STUDENTS = {self.group!r}")
        self.edit("hub/everyone/nbgrader_config.py", "/srv/nbgrader/exchange", str(self.folder / "exchange"))
        self.clone_repository()

    @property
    def group(self) -> str:
        return self.names["ada"].replace("ada", "students")

    def make_account(self, person: str) -> None:
        self.home(person).mkdir()
        if not self.accounts:
            return
        name = self.names[person]
        subprocess.run(["groupadd", "--force", self.group], check=True)
        student = ["--groups", self.group] if person in ("ada", "ben") else []
        subprocess.run(["useradd", "--home-dir", self.home(person), "--shell", "/bin/bash", *student, name], check=True)
        subprocess.run(["chpasswd"], input=f"{name}:{PASSWORD}", text=True, check=True)
        shutil.chown(self.home(person), name, name)
        self.home(person).chmod(0o700)

    def clone_repository(self) -> None:
        """One unit of it, which is all that is given here."""
        repository = self.home("grader") / "deep-learning-course"
        repository.mkdir()
        shutil.copy(ROOT / "nbgrader_config.py", repository)
        for name in ("course", "solutions"):
            shutil.copytree(ROOT / name / UNIT, repository / name / UNIT)
        self.edit(repository / "nbgrader_config.py", '"default_course"', '"deep-learning"')
        if self.accounts:
            owner = f"{self.names['grader']}:{self.names['grader']}"
            subprocess.run(["chown", "--recursive", owner, repository], check=True)

    def edit(self, name: str | Path, before: str, after: str) -> None:
        """Replace what stands in a file once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{before!r} is not once in {name}"
        path.write_text(text.replace(before, after), encoding="utf-8")

    def __enter__(self) -> "Hub":
        fields = {"config": str(self.folder / "hub" / "jupyterhub_config.py"), "proxy": proxy(), "password": PASSWORD}
        fields |= {"folder": self.folder, "port": self.port, "hub_port": free_port(), "proxy_port": free_port()}
        text = OVERRIDES + ("" if self.accounts else WITHOUT_ACCOUNTS)
        config = self.folder / "test_config.py"
        config.write_text(text.format(**fields), encoding="utf-8")
        with open(self.folder / "hub.log", "w", encoding="utf-8") as log:
            command = [self.installation / "bin" / "python", "-m", "jupyterhub", "-f", config]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self) -> None:
        for _ in range(600):
            assert self.process.poll() is None, (self.folder / "hub.log").read_text(encoding="utf-8")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/hub/login", timeout=5)
                return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError((self.folder / "hub.log").read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)  # it ends the servers and the proxy
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.remove_accounts()

    def may_list(self, folder: Path, person: str) -> bool:
        """Whether somebody's account may read what is in a folder."""
        name = self.names[person]
        asked = subprocess.run(["ls", folder], user=name, group=name, extra_groups=[], capture_output=True)
        return asked.returncode == 0

    def remove_accounts(self) -> None:
        for name in self.names.values() if self.accounts else ():
            subprocess.run(["userdel", "--force", name], capture_output=True)
        if self.accounts:
            subprocess.run(["groupdel", self.group], capture_output=True)

    @contextmanager
    def person(self, name: str) -> Iterator["Person"]:
        """Somebody with a browser of their own, who has logged in."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 1400})
        try:
            yield Person(self, context.new_page(), self.names[name])
        finally:
            context.close()


class Person:
    """Somebody who has logged in to the Hub; `page` is Playwright's."""

    def __init__(self, hub: Hub, page: Any, name: str) -> None:
        self.hub, self.page, self.name = hub, page, name
        page.set_default_timeout(300_000)
        page.set_default_navigation_timeout(300_000)
        page.goto(f"http://127.0.0.1:{hub.port}/hub/login?next=/hub/home")
        page.fill("#username_input", name)
        page.fill("#password_input", PASSWORD)
        page.click("#login_submit")
        page.wait_for_url(lambda url: "/hub/login" not in url)

    def open(self, path: str, of: str = "") -> Any:
        """Open a page of one's own server, or of another's; a server that does not run is started."""
        owner = of or self.name
        address = f"http://127.0.0.1:{self.hub.port}/hub/spawn/{owner}?next=/user/{owner}/{path}"
        self.page.goto(address)
        if of:  # who opens another's server is asked, the first time
            self.page.wait_for_url(lambda url: f"/user/{owner}/" in url or "oauth2/authorize" in url)
            if "oauth2/authorize" in self.page.url:
                self.page.click("[type=submit]")
        self.page.wait_for_url(lambda url: f"/user/{owner}/" in url and "/hub/" not in url)
        return self.page.goto(f"http://127.0.0.1:{self.hub.port}/user/{owner}/{path}")

    def lab(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")

    def command(self, name: str, **arguments: Any) -> None:
        self.page.evaluate(EXECUTE, [name, arguments])

    def notebook(self, unit: str) -> None:
        """Open a unit's notebook and wait for its kernel."""
        self.open(f"lab/tree/{unit}/{unit}.ipynb?reset")
        self.lab()
        self.page.wait_for_function(IDLE)

    def write(self, number: int, source: str) -> None:
        self.page.evaluate(
            "([n, source]) => jupyterapp.shell.currentWidget.content.widgets[n].model.sharedModel.setSource(source)",
            [number, source],
        )

    def run_cell(self, number: int) -> None:
        self.page.evaluate("n => { jupyterapp.shell.currentWidget.content.activeCellIndex = n }", number)
        self.command("notebook:run-cell")
        self.page.wait_for_function(IDLE)

    def shown(self, number: int) -> Any:
        """What is shown under a cell."""
        return self.page.locator(".jp-Notebook-cell").nth(number).locator(".jp-OutputArea")

    def exchange(self, action: str, unit: str) -> None:
        """Press one of the buttons of the list of assignments: fetch, submit, fetch_feedback."""
        said = self.page.evaluate(
            """async ([action, unit]) => {
              const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
              const xsrf = document.cookie.match(/_xsrf=([^;]*)/)[1];
              const body = new URLSearchParams({assignment_id: unit, course_id: 'deep-learning'});
              const said = await fetch(`${base}assignments/${action}`,
                                       {method: 'POST', body, headers: {'X-XSRFToken': xsrf}});
              return [said.status, await said.text()];
            }""",
            [action, unit],
        )
        assert said[0] == 200 and '"success": true' in said[1], said

    def type_in_terminal(self, command: str, folder: Path, seconds: float = 240) -> str:
        """Type a command into the terminal of JupyterLab, wait for its end, and return what it said."""
        out, code = folder / "said.txt", folder / "code.txt"
        code.unlink(missing_ok=True)
        self.page.keyboard.type(f"cd {folder}; {command} > said.txt 2>&1; echo $? > code.txt\n")
        until = time.monotonic() + seconds
        while not (code.exists() and code.read_text()):
            assert time.monotonic() < until, f"{command} does not end: {out.read_text() if out.exists() else ''}"
            self.page.wait_for_timeout(200)
        assert code.read_text() == "0\n", out.read_text(encoding="utf-8")
        return out.read_text(encoding="utf-8")
