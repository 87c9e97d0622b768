"""Where the package and the repository are: said once, because the jail hides the first of them."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The folder of `dltools` itself."""
REPOSITORY = PACKAGE.parent
"""The folder that holds course/, solutions/ and this package; where pip installed `dltools`, its site-packages."""
OWN_FOLDER = "Give a folder of your own for your work: `lab --work FOLDER`."
"""What to do where the course's folder cannot be written."""


def course_home(part: str) -> Path | None:
    """The folder that holds `part` of the course, such as "course" or "solutions": the one that this package lies in,
    else, for a package that was installed by pip, the one in which the command was typed; None where neither has it."""
    return next((place for place in (REPOSITORY, Path.cwd()) if (place / part).is_dir()), None)
