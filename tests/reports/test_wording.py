"""Numbers and places as people read them."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.reports import wording
from isogloss.runs import signatures


@pytest.mark.parametrize("module", [wording, signatures])
def test_the_examples_in_docstrings_hold(module):
    outcome = doctest.testmod(module)
    assert (outcome.failed, outcome.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (7259, "2 h 1 min"),
    ],
)
def test_durations_carry_over(seconds, text):
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1.34e9, "1.3 GB")]
)
def test_sizes(n_bytes, text):
    assert wording.size(n_bytes) == text


def test_only_all_is_a_hundred_percent():
    shares = [0, 0.5, 0.9996, 1]
    assert [wording.percent(share) for share in shares] == ["0%", "50.0%", "> 99.9%", "100%"]


def test_dropped_pairs_are_told_by_frequency():
    assert wording.dropped({"too long": 2, "empty": 0, "duplicate": 1200}.items()) == (
        "1,200 duplicate, 2 too long"
    )
    assert wording.dropped([]) == "0"


def test_what_is_no_language_is_shown_as_it_stands():
    assert wording.language("de") == "German"
    assert wording.language("klingonish") == "klingonish"
    assert wording.two_languages("en-zh-Hant") == ("en", "zh-Hant")
    assert wording.two_languages("everything") == ("everything", "everything")


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("/a/b/c.tsv", "c.tsv"),
        ("a/b.en , a/b.de", "b.en, b.de"),
        ("C:\\data\\memory.tmx", "memory.tmx"),
        ("/a/folder/", "folder"),
        ("opus:TED2020/v1", "opus:TED2020/v1"),
    ],
)
def test_a_place_loses_its_folders(where, shown):
    assert wording.place(where) == shown


names = st.text("abcxyz019._-", min_size=1, max_size=8).filter(lambda name: name.strip("."))


@given(st.lists(names, min_size=2, max_size=5), st.sampled_from(["/", "~/", "C:\\", "D:/"]))
def test_no_folder_of_a_path_survives_in_a_text(parts, root):
    separator = "\\" if root.endswith("\\") else "/"
    text = wording.without_paths(f"cannot read '{root}{separator.join(parts)}', left out")
    assert text == f"cannot read '{parts[-1]}', left out"


@pytest.mark.parametrize(
    "text", ["teacher owner/name", "https://example.org/a/b", "3/4 of n/a", "and / or", "-3/4/5"]
)
def test_what_is_no_path_stays(text):
    assert wording.without_paths(text) == text


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("a.tsv", "a.tsv"),
        ("en-test.tsv + de-test.tsv", "en-test.tsv + de-test.tsv"),
        ("set.en + set.de", "set.{en, de}"),
        ("a.b + a.b", "a.b + a.b"),
        ("a + a.b", "a + a.b"),
        ("", ""),
    ],
)
def test_data_in_several_files_share_their_name(data, shown):
    assert wording.data_name(data) == shown


@given(st.text(), st.integers(1, 40))
def test_a_shortened_text_fits_and_keeps_its_ends(text, most):
    found = wording.shortened(text, most)
    assert len(found) == min(len(text), most)
    if len(text) <= most:
        assert found == text
    elif most > 2:
        assert (found[0], found[-1]) == (text[0], text[-1])
