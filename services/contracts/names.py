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


def is_clean(name: str) -> bool:
    """Whether `nfc` would leave the name as it is, and it holds something and no NUL."""
    return unicodedata.is_normalized("NFC", name) and " ".join(name.split()) == name != "" and "\x00" not in name


def sort_key(name: str) -> str:
    """A text whose code point order is the alphabet's order; letters decide first, then tones, then case."""
    weights = [_word_weights(word) for word in unicodedata.normalize("NFC", name).split(" ")]
    primary, tones, cases = zip(*weights, strict=True)
    return "\x01".join((" ".join(primary), "0".join(tones).rstrip("0"), "0".join(cases).rstrip("0")))


# Names are made of few syllables: the country's 10,800 of 2,300.
@lru_cache(maxsize=16_384)
def _word_weights(word: str) -> tuple[str, str, str]:
    """Letters, tones and cases of a word without spaces."""
    if not word:
        return "", "", ""
    primary, tones, cases = zip(*(_weights(character) for character in word), strict=True)
    return "".join(primary), "".join(tones), "".join(cases)


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
    return " ".join(filter(None, map(_bare, name.split())))


@lru_cache(maxsize=16_384)
def _bare(word: str) -> str:
    """The search key of a word without spaces; several words where it has signs within, none of signs alone."""
    folded = unicodedata.normalize("NFD", word.casefold()).replace("đ", "d")
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join("".join(one if one.isalnum() else " " for one in bare).split())
