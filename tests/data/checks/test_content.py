"""Numbers, ids, labels and names of files are told from sentences and their translations."""

from collections.abc import Callable

import pytest

from isogloss.data import load_parallel
from isogloss.data.checks.content import find_keys, find_other_content
from isogloss.errors import DataFormatError
from isogloss.samples import read_rows

EN = [row["en"] for row in read_rows("train")[:60]]
ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
Table = Callable[..., str]


def test_numbers_in_several_words_are_translations_and_beside_sentences_they_are_none() -> None:
    numbers = [str(100 * at + 45) for at in range(1, 9)]
    words = [f"{word} hundred and forty-five" for word in ONES]
    assert find_other_content(numbers, words) is None
    assert find_other_content(words, numbers) is None
    found = find_other_content(EN[:8], numbers)
    assert found is not None
    assert (found.side, found.what) == (1, "numbers")


def test_names_with_numbers_are_no_keys() -> None:
    names = ["A380", "B-52", "COVID-19", "MP3", "R2D2", "1990s", "747-8F", "F1", "4x4", "7up"]
    assert find_keys(names) is None
    for column in ([f"q-{at}" for at in range(10)], [str(1990 + at) for at in range(10)]):
        assert find_keys(column) is not None


def test_a_label_beside_a_hundred_other_cells_is_refused(table: Table) -> None:
    words = [f"Wort{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(120)]
    for other in (words, [f"Das ist {word}." for word in words]):
        for label, what in (("subtitles", "labels"), ("en", "language codes")):
            with pytest.raises(DataFormatError, match=f"source side holds {what}"):
                load_parallel(f"en-de={table([label] * 120, other)}")


SHORT = {
    "de": [f"Tom hat {word}." for word in ("Hunger", "Durst", "recht", "Zeit")],
    "zh": [
        "汤姆现在饿了。",
        "现在正在下雨。",
        "我今天早上去了学校",
        "我们昨天晚上一起看了一部很长的电影",
    ],
    "th": ["ฉันไม่รู้ว่าจะต้องทำอะไรต่อไปในวันนี้"] * 3,
    "uk": ["Том дуже голодний.", "Я не знаю!", "Це мій дім…"],
    "ar": ["هل أنت بخير؟", "لا أعرف ماذا.", "هذا هو بيتي."],
    "hi": ["मुझे भूख है।", "यह मेरा घर है।", "वह कल आएगा।"],
}


@pytest.mark.parametrize("language", SHORT)
def test_ids_beside_short_sentences_are_refused(table: Table, language: str) -> None:
    texts = SHORT[language] * 5
    keys = {"ids": [f"s-{at}" for at in range(len(texts))], "numbers": range(70, 70 + len(texts))}
    for what, column in keys.items():
        with pytest.raises(DataFormatError, match=f"source side holds {what}"):
            load_parallel(f"en-{language}={table(column, texts)}")


TATOEBA = [
    "Hi.",
    "Run!",
    "Who?",
    "Wow!",
    "Help!",
    "Jump.",
    "Stop!",
    "Wait.",
    "Go on.",
    "I see.",
] * 5


@pytest.mark.parametrize("key", ["{}", "1.{:04d}", "sent_{}", "#{}"])
def test_keys_built_alike_are_refused_beside_the_shortest_sentences(key: str, table: Table) -> None:
    keys = [key.format(1276 + 3 * at) for at in range(len(TATOEBA))]
    for first, second in ((keys, TATOEBA), (TATOEBA, keys)):
        with pytest.raises(DataFormatError, match=r"side holds (numbers|ids), not sentences"):
            load_parallel(f"en-de={table(first, second)}")


def test_numbers_beside_their_words_are_translations() -> None:
    words = [f"{one}hundert{other}" for one in ONES for other in ONES]
    assert find_other_content([str(at) for at in range(len(words))], words) is None
    few = ["Eins.", "Zwei.", "Drei.", "Vier."]
    assert find_other_content(["1", "2", "3", "4"], few) is None


def test_names_of_files_are_refused_though_the_sides_agree(table: Table) -> None:
    sides = [[f"{code}/Books/{at // 9}.xml.gz" for at in range(150)] for code in ("en", "de")]
    for more in ((), (range(150), range(150))):
        with pytest.raises(DataFormatError, match="source side holds names of files"):
            load_parallel(f"en-de={table(*sides, *more, name='a.ids')}")


NAMES = ["OpenSubtitles", "Europarl", "TED2020", "news-commentary_v16"]


def test_a_few_names_of_corpora_are_labels(table: Table) -> None:
    texts = [f"Das ist Satz {at}." for at in range(200)]
    names = [NAMES[at % 4] for at in range(200)]
    with pytest.raises(DataFormatError, match=r"source side holds labels.*'OpenSubtitles'"):
        load_parallel(f"en-de={table(names, texts)}")
    with pytest.raises(DataFormatError, match=r"source side holds labels.*source=2&target=3"):
        load_parallel(f"en-de={table(names, EN * 3 + EN[:20], texts)}")
    # a word that a dictionary translates in many ways is none
    assert find_other_content(names[:90], texts[:90]) is None
    many = [f"wort{at // 10}" for at in range(200)]
    assert find_other_content([word + "x" for word in many], ["ein Wort"] * 200) is None
