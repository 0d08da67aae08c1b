"""In which script a text is written, and in which ones a language is."""

import re
import sys
import unicodedata
from collections import Counter
from functools import cache, lru_cache

# The first words of the names that Unicode gives the letters of a script, by its ISO 15924 code.
_LETTERS = {
    "Arab": {"ARABIC"},
    "Cyrl": {"CYRILLIC"},
    "Deva": {"DEVANAGARI"},
    "Ethi": {"ETHIOPIC"},
    "Grek": {"GREEK"},
    "Guru": {"GURMUKHI"},
    "Hans": {"CJK"},
    "Hant": {"CJK"},
    "Jpan": {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    "Khmr": {"KHMER"},
    "Knda": {"KANNADA"},
    "Kore": {"HANGUL", "CJK"},
    "Laoo": {"LAO"},
    "Latn": {"LATIN"},
    "Mlym": {"MALAYALAM"},
    "Mymr": {"MYANMAR"},
    "Orya": {"ORIYA"},
    "Taml": {"TAMIL"},
    "Telu": {"TELUGU"},
    "Tibt": {"TIBETAN"},
    "Armn": {"ARMENIAN"},
    "Beng": {"BENGALI"},
    "Geor": {"GEORGIAN"},
    "Gujr": {"GUJARATI"},
    "Hebr": {"HEBREW"},
    "Sinh": {"SINHALA"},
    "Thaa": {"THAANA"},
    "Thai": {"THAI"},
}

_SEVERAL = (
    *("az", "ba", "bm", "bs", "cnr", "crh", "cv", "ff", "ha", "hak", "kaa", "kk", "kmr", "ks"),
    *("ku", "ky", "mn", "ms", "nan", "os", "pa", "rm", "sa", "sd", "sh", "sr", "su", "tg", "tk"),
    *("tt", "ug", "uz", "wo", "yo", "yue", "za"),
)
SEVERAL_SCRIPTS = frozenset(_SEVERAL)
"""Languages that people write in more than one script, whatever their code says."""

OPTIONAL_MARK_SCRIPTS = ("ARABIC", "HEBREW", "SYRIAC")
"""Scripts whose marks readers leave out: vowel signs, and in Arabic hamza on its seat."""

_MADDA_AND_HAMZA = frozenset("\u0653\u0654\u0655")
_ARABIC = (
    *("", "ar", "aao", "abh", "abv", "acm", "acq", "acw", "acx", "acy", "adf", "aeb", "aec", "afb"),
    *("apc", "apd", "arq", "ars", "ary", "arz", "auz", "avl", "ayh", "ayl", "ayn", "ayp", "pga"),
    *("shu", "ssh"),
)
"""Arabic and the members of its macrolanguage (ISO 639-3)."""

_WRITING_VOWELS = frozenset({"ks", "yi"})
"""Languages of such scripts whose spelling has the vowel signs: Kashmiri, Yiddish."""

_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})


@lru_cache(maxsize=1024)
def expected_letters(language: str) -> frozenset[str]:
    """Names of the alphabets that a language is written in; empty where that is not known.

    Args:
        language: a canonical code; a script in it (`sr-Latn`) decides. One that stands for no one
            language (`und`, `mul`, `mis`, `zxx`, private ones) has none without it.

    >>> sorted(expected_letters("ru")), sorted(expected_letters("sr-Latn"))
    (['CYRILLIC'], ['LATIN'])
    """
    import langcodes
    from langcodes.data_dicts import LIKELY_SUBTAGS

    said = langcodes.Language.get(language)
    if said.script:
        return frozenset(_LETTERS.get(said.script, ()))
    # langcodes takes a language that it knows nothing of for one written as English is
    known = said.language in LIKELY_SUBTAGS and said.language not in _NO_LANGUAGE
    if not known or said.language in SEVERAL_SCRIPTS:
        return frozenset()
    return frozenset(_LETTERS.get(str(said.maximize().script), ()))


def main_alphabet(text: str) -> str:
    """The alphabet of most letters of a text, as Unicode calls it; "" without letters."""
    counts = Counter(map(_alphabet, text))
    del counts[""]
    return counts.most_common(1)[0][0] if counts else ""


@lru_cache(maxsize=1 << 14)
def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""


def script_name(alphabet: str) -> str:
    """What people call an alphabet that `main_alphabet` found; "" stays.

    >>> script_name("CJK"), script_name("LATIN")
    ('Han', 'Latin')
    """
    return "Han" if alphabet == "CJK" else alphabet.title()


def is_optional_mark(sign: str, language: str = "") -> bool:
    """Whether a combining mark is of those that readers leave out.

    Madda and hamza are so in Arabic alone: in Persian, Urdu, or Uyghur آ and ئ are letters.

    Args:
        sign: one character.
        language: a canonical code; "" where it is not known, which counts as Arabic and Hebrew do.
    """
    if unicodedata.name(sign, "").partition(" ")[0] not in OPTIONAL_MARK_SCRIPTS:
        return False
    base = language.partition("-")[0]
    if sign in _MADDA_AND_HAMZA:
        return base in _ARABIC
    return base not in _WRITING_VOWELS


@cache
def marks() -> frozenset[str]:
    """All combining marks: `str.isalnum` and the `\\w` of patterns leave them out."""
    every = map(chr, range(sys.maxunicode + 1))
    return frozenset(sign for sign in every if unicodedata.category(sign)[0] == "M")


@cache
def marks_in_brackets() -> str:
    """The same as they stand in the brackets of a pattern."""
    return re.escape("".join(sorted(marks())))
