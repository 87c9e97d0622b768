"""The `dltools` command: each subcommand is a module with `add_arguments(parser)` and `run(args) -> exit code`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "lab": ("dltools.lab", "open JupyterLab on your own working copy of the course"),
    "release": ("dltools.release", "make course/ from solutions/ and prove that nothing leaked"),
    "grade": ("dltools.grading.grade", "grade a folder of submissions"),
    "doctor": ("dltools.doctor", "tell what works on this machine and how to mend what does not"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code; only that command's module is imported."""
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(prog="dltools", description="Deep learning from scratch: the course's own tools.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, summary) in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if argv[:1] == [name]:
            import_module(module).add_arguments(subparser)
    args = parser.parse_args(argv)
    return import_module(COMMANDS[args.command][0]).run(args)


if __name__ == "__main__":
    sys.exit(main())
