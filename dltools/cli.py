"""The `dltools` command: each subcommand is a module with `add_arguments(parser)` and `run(args) -> exit code`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from dltools import __version__
from dltools.running import quick_imports  # noqa: F401

COMMANDS = {
    "lab": ("dltools.student.lab", "open JupyterLab on your own working copy of the course"),
    "release": ("dltools.release.release", "make course/ from solutions/ and prove that nothing leaked"),
    "progress": ("dltools.student.progress", "tell what is solved and what to look at again, and make your page"),
    "site": ("dltools.release.site.command", "build the course as a static site"),
    "arrange": ("dltools.release.arrange", "rename units, put them in another order, or drop some"),
    "submit": ("dltools.student.submit", "look a unit's notebook over and pack it for handing in"),
    "collect": ("dltools.grading.collect", "sort what a learning platform gives into submitted/"),
    "grade": ("dltools.grading.command", "grade a folder of submissions"),
    "return": ("dltools.grading.give_back", "fill the grades into the file that a learning platform imports"),
    "units": ("dltools.student.units", "print the table of units, exercises, points and known mistakes"),
    "doctor": ("dltools.student.doctor", "tell what works on this machine and how to mend what does not"),
}


def offered() -> dict[str, tuple[str, str]]:
    """The commands whose modules are here: the students' edition has no `release` and no `grade`."""
    return {name: command for name, command in COMMANDS.items() if is_here(command[0])}


def is_here(module: str) -> bool:
    """Whether `module` can be imported; it is looked up, not imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code; Ctrl-C and a package that is lacking are one sentence each."""
    try:
        code = start(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read it, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as a shell says it of SIGPIPE
    except KeyboardInterrupt:
        print("dltools: stopped.", file=sys.stderr)
        return 130  # as a shell says it of Ctrl-C
    except ModuleNotFoundError as error:
        name = (error.name or "dltools").partition(".")[0]
        if name == "dltools":
            raise
        print(
            f"dltools: {name} is not installed here. From the course's folder, `pip install '.[lab]'` installs what"
            " students need, and `pip install '.[grading]'` what staff need.",
            file=sys.stderr,
        )
        return 1


def start(argv: Sequence[str] | None) -> int:
    """Read the command line and run its subcommand; only that command's module is imported."""
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(prog="dltools", description="The course's own tools.")
    parser.set_defaults(passes_on=False)
    parser.add_argument("--version", action="version", version=f"dltools {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, summary) in offered().items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if argv[:1] == [name]:
            import_module(module).add_arguments(subparser)
    args, unknown = parser.parse_known_args(argv)
    if unknown and not args.passes_on:
        parser.error(f"{args.command} does not know {' '.join(unknown)}")
    args.passed_on = unknown
    code: int = import_module(COMMANDS[args.command][0]).run(args)
    return code


if __name__ == "__main__":
    sys.exit(main())
