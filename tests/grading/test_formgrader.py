"""nbgrader's formgrader on what `dltools grade` wrote: through the HTTP interface of a server that the test starts."""

import html
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_batch import contents, environment, free_port, hand_in, run, sqlite

from course import UNIT, Answers

TOKEN = "formgrader"
PNG = "iVBORw0KGgo="
PASTED = {
    "cell_type": "markdown",
    "id": "pasted",
    "metadata": {},
    "source": "![plot](attachment:plot.png) ![gone](attachment:gone.png) [run](javascript:alert(1)) "
    "<a href='java\tscript:alert(2)'>run</a> ![spy](https://example.org/spy.png) <b id='score'>27</b>",
    "attachments": {"plot.png": {"image/png": PNG}},
}
"""What formgrader once answered with 500, and what ran on its page, with the rights of who grades."""


def is_safe(page: str) -> bool:
    """Whether a page shows the pasted picture, and none of its links run or lead a browser to another host."""
    links = [html.unescape(link).replace("\t", "") for link in re.findall(r"(?:href|src)=[\"']([^\"']*)", page)]
    alive = [link for link in links if re.match("javascript:|https?://example.org", link, re.IGNORECASE)]
    return f"data:image/png;base64,{PNG}" in links and not alive and "id='score'" not in page


class Server:
    """The server's answers."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(
            f"{self.address}/formgrader/{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=240) as answer:
            return answer.read().decode()

    def json(self, path: str, method: str = "GET") -> Any:
        return json.loads(self.ask(f"api/{path}", method))


@pytest.fixture
def graded(course: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    hand_in(course, "ada", json.dumps(answers.perfect()).encode())
    ben = answers.notebook(("conv2d_output_size",))
    ben["cells"].append(PASTED)
    hand_in(course, "ben", json.dumps(ben).encode())
    hand_in(course, "cut", json.dumps(answers.perfect()).encode()[:2500])
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + 'c.Execute.jail = "inprocess:execute"\n', encoding="utf-8")
    run(course)
    return course


@pytest.fixture
def server(graded: Path) -> Iterator[Server]:
    port = free_port()
    options = {
        "ServerApp.port": port,
        "ServerApp.token": TOKEN,
        "ServerApp.open_browser": False,
        "ServerApp.root_dir": graded,
        "ServerApp.allow_root": True,
        "ServerApp.jpserver_extensions": "{'nbgrader.server_extensions.formgrader': True}",
    }
    command = [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())]
    tools = str(Path(sys.executable).parent)
    env = environment() | {"PATH": os.pathsep.join([tools, os.environ["PATH"]]), "JUPYTER_PLATFORM_DIRS": "1"}
    with (graded / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=graded, env=env, stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}")
    for _ in range(240):
        try:
            server.json("assignments")
            break
        except OSError:
            assert process.poll() is None, (graded / "server.log").read_text()
            time.sleep(0.5)
    yield server
    process.terminate()
    process.wait()


def test_formgrader(server: Server, graded: Path) -> None:
    assignment = next(each for each in server.json("assignments") if each["name"] == UNIT)
    assert (assignment["num_submissions"], assignment["max_score"]) == (3, 12)
    submissions = {each["student"]: each for each in server.json(f"submitted_notebooks/{UNIT}/{UNIT}")}
    assert {student: each["score"] for student, each in submissions.items()} == {"ada": 12, "ben": 2, "cut": 4}
    assert {student for student, each in submissions.items() if each["needs_manual_grade"]} == {"cut"}
    page = server.ask(f"submissions/{submissions['ada']['id']}/")
    assert "conv2d_forward: solved, 8 of 8 points" in page
    assert is_safe(server.ask(f"submissions/{submissions['ben']['id']}/"))

    before = contents(sqlite(graded))
    answer = server.json(f"submission/{UNIT}/ben/autograde", "POST")
    assert answer["success"], answer
    assert contents(sqlite(graded)) == before
    assert is_safe(server.ask(f"submissions/{submissions['ben']['id']}/"))
    answer = server.json(f"assignment/{UNIT}/generate_feedback", "POST")
    assert answer["success"], answer
    feedback = graded / "feedback" / "ben" / UNIT / f"{UNIT}.html"
    assert is_safe(feedback.read_text(encoding="utf-8"))
