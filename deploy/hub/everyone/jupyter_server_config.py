"""Everybody's server: terminals find the course's commands, which a login shell would take off the PATH again."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
