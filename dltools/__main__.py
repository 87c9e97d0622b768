"""`python -m dltools COMMAND` is the `dltools` command."""

import sys

from dltools.cli import main

if __name__ == "__main__":
    sys.exit(main())
