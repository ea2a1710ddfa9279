"""Rule 15: names in Unicode NFC, found without regard to accents or case, sorted by the Vietnamese alphabet."""

import unicodedata

ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"


def stored(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def order(name: str) -> list[int]:
    """What names without tone marks are sorted by: a space before any letter, then the alphabet."""
    return [" ".find(letter) if letter == " " else 1 + ALPHABET.index(letter) for letter in stored(name).lower()]


def bare(name: str) -> str:
    """As somebody types it who has neither accents nor capitals."""
    parts = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(one for one in parts if not unicodedata.combining(one))
