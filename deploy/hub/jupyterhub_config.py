"""JupyterHub for one course on one machine. docs/hub.md is the walk; what a course changes stands in the first lines.

Students and staff are accounts of this machine. One more account, the grader, owns the course's repository and its
gradebook; staff open the grader's server, so that all of them grade in one place and nobody in a student's.
"""

import sys
from pathlib import Path

from dltools.student.lab import SETTINGS

c = get_config()  # type: ignore[name-defined]  # noqa: F821

STAFF = ["instructor"]  # who may start and open the grader's server
GRADER = "grader"
REPOSITORY = "deep-learning-course"  # in the grader's home: a clone of the course's repository
STUDENTS = "students"  # the group of this machine whose accounts may log in; staff and the grader need not be in it

HERE = Path(__file__).resolve().parent  # readable by all accounts, like the environment that runs the Hub
BIN = Path(sys.prefix) / "bin"
SETTINGS_OF_GRADER = [HERE / "grader", HERE / "everyone"]
SETTINGS_OF_STUDENTS = [HERE / "students", SETTINGS, HERE / "everyone"]  # what stands first counts

# Who logs in: accounts of this machine, by their passwords. Any other authenticator of JupyterHub will do that gives
# everybody the name of an account here.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = {*STAFF, GRADER}
c.LocalAuthenticator.allowed_groups = {STUDENTS}
c.JupyterHub.load_groups = {"staff": {"users": STAFF}}
c.JupyterHub.load_roles = [
    {
        "name": "grading",
        "description": "Start and open the server in which the course is graded",
        "groups": ["staff"],
        "scopes": [f"servers!user={GRADER}", f"access:servers!user={GRADER}", f"read:users:name!user={GRADER}"],
    }
]

# Where it listens: behind a web server that has the certificate, which docs/hub.md tells how to set up.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# Everybody's server: JupyterLab of the environment that runs the Hub, under the account's own name.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.environment = {"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin"}
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120


def settings(spawner) -> None:
    """Give a server its settings: the grader's runs in the repository, all others have no menus of staff."""
    folders = SETTINGS_OF_STUDENTS
    if spawner.user.name == GRADER:
        folders, spawner.notebook_dir = SETTINGS_OF_GRADER, f"~/{REPOSITORY}"
    own = {"JUPYTER_CONFIG_PATH": ":".join(map(str, folders)), "JUPYTER_PATH": str(SETTINGS)}
    own |= {"DLTOOLS_REPOSITORY": REPOSITORY}
    spawner.environment = {**spawner.environment, **own}


c.Spawner.pre_spawn_hook = settings
