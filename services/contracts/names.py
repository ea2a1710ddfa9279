"""Vietnamese names (rule 15): NFC, a sort key in the order of the alphabet, a search key without accents or case."""

import unicodedata
from functools import lru_cache

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PRIMARY = {letter: chr(0x100 + place) for place, letter in enumerate(_ALPHABET)}
# Tone marks in the order that Vietnamese dictionaries (and the Unicode collation) use: none, ̀  ̉  ̃  ́  ̣
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = {("a", "\u0306"): "ă", ("a", "\u0302"): "â", ("e", "\u0302"): "ê", ("o", "\u0302"): "ô"}
_SHAPES |= {("o", "\u031b"): "ơ", ("u", "\u031b"): "ư"}


def nfc(name: str) -> str:
    """The name in Unicode NFC, without spaces around it or doubled within."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def sort_key(name: str) -> str:
    """A text whose code point order is the alphabet's order; letters decide first, then tones, then case."""
    weights = [_weights(character) for character in unicodedata.normalize("NFC", name)]
    primary, tones, cases = ("".join(one) for one in zip(*weights, strict=True)) if weights else ("", "", "")
    return "\x01".join((primary, tones.rstrip("0"), cases.rstrip("0")))


@lru_cache(maxsize=4_096)
def _weights(character: str) -> tuple[str, str, str]:
    """Letter, tone and case of one character."""
    parts = list(unicodedata.normalize("NFD", character))
    letter, tone = parts[0].lower(), "0"
    for mark in parts[1:]:
        if mark in _TONES:
            tone = _TONES[mark]
        else:
            letter = _SHAPES.get((letter, mark), letter)
    return _PRIMARY.get(letter, letter), tone, "1" if character != character.lower() else "0"


def search_key(name: str) -> str:
    """The name without accents and case, words apart by one space: `Lộc Thạnh` → `loc thanh`."""
    folded = unicodedata.normalize("NFD", name.casefold()).replace("đ", "d")
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join("".join(one if one.isalnum() else " " for one in bare).split())
