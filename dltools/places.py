"""Where the package and the repository are: said once, because the jail hides the first of them."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The folder of `dltools` itself."""
REPOSITORY = PACKAGE.parent
"""The folder that holds course/, solutions/ and this package; where `dltools` is installed, its site-packages."""
