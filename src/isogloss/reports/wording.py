"""Numbers, languages and places as people read them; nothing here tells where a file lay."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from isogloss.data.languages import language_name, parse_language_pair
from isogloss.errors import InputError, UnknownLanguageError

REMOTE = ("hf:", "opus:", "http://", "https://")
"""Places that mean the same on every machine and may be shown whole."""

GROUPS: Mapping[str, str] = {
    "all": "all sets",
    "monolingual": "monolingual sets",
    "cross-lingual": "cross-lingual sets",
}
"""What stands for languages where a number is an aggregate over a suite, and its name."""

_LANGUAGES = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*=")
"""In front of a place, as in `en-de=corpus.tsv`."""
_UNITS = ("B", "kB", "MB", "GB", "TB")
# A path from the root, from home or from a drive; not the slashes of a URL or of a hub name.
_PATH = re.compile(r"(?<![\w:/.\\~-])(?:~|[A-Za-z]:)?[\\/](?:[^\s\\/'\"`]+[\\/])+([^\s\\/'\"`,;]*)")


def count(number: float) -> str:
    """A count with thousands separated: `12,345`."""
    return f"{round(number):,}"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage; only the whole is 100%.

    Example:
        >>> percent(0.98765), percent(0.99999), percent(1)
        ('98.8%', '> 99.9%', '100%')
    """
    if share < 1 and round(share, 3) == 1:
        return "> 99.9%"
    return f"{share * 100:.1f}%" if 0 < share < 1 else f"{share * 100:.0f}%"


def duration(seconds: float) -> str:
    """A length of time in the two largest units that matter.

    Example:
        >>> duration(4.21), duration(185), duration(7500)
        ('4.2 s', '3 min 5 s', '2 h 5 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h {minutes % 60} min"


def size(n_bytes: float) -> str:
    """An amount of memory in decimal units: `1.3 GB`."""
    power = min(int(math.log10(max(n_bytes, 1)) // 3), len(_UNITS) - 1)
    return f"{n_bytes / 1000**power:.{0 if power == 0 else 1}f} {_UNITS[power]}"


def plural(number: float, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 file`, `2 files`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `A`, `A and B`, `A, B and C`."""
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def dropped(reasons: Iterable[tuple[str, int]]) -> str:
    """What was left out, the most frequent reason first: `12 duplicate, 3 too long`; else `0`."""
    ordered = sorted(reasons, key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count(number)} {reason}" for reason, number in ordered if number) or "0"


def language(code: str) -> str:
    """The English name of a language; the code itself where it is unknown."""
    try:
        return language_name(code)
    except UnknownLanguageError:
        return code


def two_languages(pair: str) -> tuple[str, str]:
    """The codes of a pair such as `en-de`; a pair that cannot be read is both sides whole."""
    try:
        source, target = parse_language_pair(pair)
    except (InputError, UnknownLanguageError):
        return pair, pair
    return source, target


def pair_name(languages: str) -> str:
    """A pair of languages, or a group of test sets, as people read it.

    Example:
        >>> pair_name("en-de"), pair_name("de-de"), pair_name("all")
        ('English–German', 'German', 'all sets')
    """
    if languages in GROUPS:
        return GROUPS[languages]
    return "–".join(map(language, dict.fromkeys(two_languages(languages))))


def place(where: str) -> str:
    """A place without languages and folders: file names, or a remote place as it stands.

    Example:
        >>> place("/home/me/train.en,/home/me/train.de"), place("en-de=hf:owner/corpus")
        ('train.en, train.de', 'hf:owner/corpus')
    """
    where = _LANGUAGES.sub("", where)
    if where.startswith(REMOTE):
        return where
    names = [re.split(r"[\\/]", part.strip().rstrip("\\/"))[-1] for part in where.split(",")]
    return ", ".join(name for name in names if name)


def data_name(data: str) -> str:
    """The name of data that lie in several files, without saying twice what the files share.

    Example:
        >>> data_name("tatoeba.deu-eng.eng + tatoeba.deu-eng.deu"), data_name("en.tsv")
        ('tatoeba.deu-eng.{eng, deu}', 'en.tsv')
    """
    names = [name.split(".") for name in data.split(" + ")]
    same = [len(set(parts)) == 1 for parts in zip(*names, strict=False)]
    shared = [*same, False].index(False)
    if len(names) < 2 or not shared or shared == min(map(len, names)):
        return data
    rests = ", ".join(".".join(name[shared:]) for name in names)
    return f"{'.'.join(names[0][:shared])}.{{{rests}}}"


def shortened(text: str, most: int) -> str:
    """A text of limited length (1 or more); the middle of a longer one is left out.

    Example:
        >>> shortened("paraphrase-multilingual-mpnet", 15)
        'paraphr…l-mpnet'
    """
    if len(text) <= most:
        return text
    head = most // 2
    tail = most - head - 1
    return f"{text[:head]}…{text[len(text) - tail :]}"


def without_paths(text: str) -> str:
    """A text in one line in which every path is cut to its last part.

    Example:
        >>> without_paths("2 lines of /home/me/en-de.tsv left out; see https://example.org/a/b")
        '2 lines of en-de.tsv left out; see https://example.org/a/b'
    """
    return _PATH.sub(lambda found: found[1] or "…", " ".join(text.split()))


def code(text: str) -> str:
    """Text as a Markdown code span."""
    return f"`{text.replace('`', chr(39))}`"


def anchor(text: str) -> str:
    """A name for a place in a page, or for a file.

    Example:
        >>> anchor("Results on STS")
        'results-on-sts'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
