"""Names as they are compared: in composed Unicode, and by their letters, marks and digits alone."""

import unicodedata


def nfc(text: str) -> str:
    """Composed Unicode: macOS writes ü as two characters, Windows as one."""
    return unicodedata.normalize("NFC", text)


def letters(name: str) -> str:
    """A name's letters, their marks and digits in their order: platforms drop apostrophes, commas and blanks."""
    return "".join(sign for sign in nfc(name).casefold() if sign.isalnum() or unicodedata.category(sign)[0] == "M")
