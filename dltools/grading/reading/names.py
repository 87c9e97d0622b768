"""Names as they are compared: in composed Unicode, and by their letters and digits alone."""

import unicodedata


def nfc(text: str) -> str:
    """Composed Unicode: macOS writes ü as two characters, Windows as one."""
    return unicodedata.normalize("NFC", text)


def letters(name: str) -> str:
    """A name's letters and digits in their order: platforms drop apostrophes, commas and blanks."""
    return "".join(letter for letter in nfc(name).casefold() if letter.isalnum())
