"""Numbers that both sides have, in whatever script, unit, and calendar."""

import pytest

from isogloss.corpora.filters.numbers import Numbers, numbers_of
from isogloss.data.languages import parse_language_pair
from isogloss.data.rejects import Reason

from .conftest import found


@pytest.mark.parametrize(
    ("source", "target", "bad"),
    [
        ("It was 1990.", "Es war 1991.", True),
        ("It was 1990.", "Es war 1990.", False),
        ("It costs 1,000.50 dollars.", "Es kostet 1.000,50 Dollar.", False),
        ("Two men, 5 dogs", "2 Männer, 5 Hunde", False),
        ("I have two dogs.", "Ich habe 2 Hunde.", False),
        ("At 2:30 pm", "Um 14:30 Uhr", False),
        ("At 2:30 pm", "Um 14:35 Uhr", True),
        ("17 million people", "1700万人", False),
        ("In 2021", "21年に", False),
        ("In ２０２１", "2021年に", False),  # noqa: RUF001 - fullwidth digits are the point
        ("a 3-4 win", "ein 3:4", False),
        ("1 pocket and 1 zip", "8 Taschen, 1 Zip", True),
        ("no number", "7 Zwerge", False),
        ("24 million votes", "8400万票", True),
        ("$250 Million", "2億5000万ドル", False),
        ("$250 Million", "2億5008万ドル", True),
        ("130,000 of 8 million", "800万のうち13万", False),
        ("1.2 billion people", "1,2 Milliarden Menschen", False),
        ("1.2 billion people", "12億人", False),
        ("batting .182", "打率1割8分2厘", False),
        ("My alarm goes off at 2:30.", "2時半に鳴る。", False),
        ("On February 19", "2月19日に", False),
        ("On February 19", "8月19日に", True),
        ("On 18 December", "82月18日に", True),
        ("from 9 to 5", "9―90時", True),
        ("It may be in May, 5 of them", "5月に5人", False),
    ],
)
def test_numbers_must_be_on_both_sides(source: str, target: str, bad: bool) -> None:
    assert (found(Numbers(), source, target) is Reason.NUMBERS) is bad


@pytest.mark.parametrize(
    ("languages", "source", "target", "bad"),
    [
        ("en-th", "In 1990", "ในปี 2533", False),
        ("en-th", "In 1990", "ในปี ๒๕๓๓", False),
        ("en-th", "In 1990", "ในปี 1990", False),
        ("en-th", "In 1990", "ในปี 2534", True),
        ("en-th", "12 of the 1990 men", "12 คนในปี 2533", False),
        ("en-th", "12 of 1990", "13 ในปี 2533", True),
        ("en-th", "In 1990, 5 million", "5,000,000 ในปี 2533", False),
        ("en-th", "In 1990, 5 million", "9,000,000 ในปี 2533", True),
        ("en-th", "1,990,000 men", "2,533,000 คน", True),
        ("en-th", "In 199", "ในปี 742", True),
        ("th-de", "ในปี 2533", "1990 war es", False),
        ("de-th", "1990 war es", "ในปี 1447", True),
        ("en-fa", "In 1979", "در سال ۱۳۵۷", False),
        ("en-fa-AF", "In 1979", "در سال ۱۳۵۸", False),
        ("en-fa", "In 1979", "در سال ۱۳۵۹", True),
        ("fa-ps", "در سال ۱۳۵۷", "په ۱۳۵۸ کال", True),
        ("th-fa", "ในปี 2522", "در سال ۱۳۵۷", False),
        ("en-ne", "In 2015", "सन् २०७२", False),
        ("en-ne", "In 2015", "सन् २०७३", True),
        ("en-am", "In 2007", "በ1999", False),
        ("en-am", "In 2007", "በ2014", True),
        ("en-de", "In 1990", "Im Jahr 2533", True),
        ("en-de", "In 2007", "Im Jahr 1999", True),
        ("en-ja", "In 2015", "2072年に", True),
    ],
)
def test_a_year_of_another_calendar_is_the_same_year(
    languages: str, source: str, target: str, bad: bool
) -> None:
    numbers = Numbers()
    assert numbers.fit(parse_language_pair(languages), []) == ""
    assert (found(numbers, source, target) is Reason.NUMBERS) is bad


def test_numbers_are_read_in_every_script() -> None:
    assert numbers_of("٢٠٢١") == numbers_of("२०२१") == {"2021": 1}
    assert numbers_of("007") == {"7": 1}
    assert numbers_of("0") == {"0": 1}
