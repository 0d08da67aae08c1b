"""The HTML page: whole, alone, well-formed, with every score, and no text of a user as code."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from isogloss.metrics.score import Score
from isogloss.reports import write_report
from isogloss.reports.pages.distill import distill_page
from isogloss.reports.pages.html import html_page
from isogloss.reports.pages.page import Page, Section
from isogloss.reports.tables import Table, best_labels, format_score, score_rows
from isogloss.reports.wording import GROUPS
from isogloss.runs.record import DistillRecord

VOID = {"meta", "br", "wbr", "img", "link", "hr", "input"}
EVIL = "<script>alert('x')</script>\"&"


class Reader(HTMLParser):
    """Checks that elements close in order, and keeps what a test asks for."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.attributes, self.texts = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> in the wrong place"

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def text(self):
        shown = (data for tag, data in self.texts if tag not in ("style", "script"))
        return re.sub(r"\s+", " ", " ".join(shown))


@pytest.fixture
def page(run, scores):
    return distill_page(DistillRecord.model_validate(run), scores)


@pytest.fixture
def folder(tmp_path, run, scores):
    rows = [{"model": k} | score.to_dict() for k, found in scores.items() for score in found]
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (tmp_path / "scores.json").write_text(json.dumps(rows), encoding="utf-8")
    return tmp_path


def test_a_page_is_whole_and_closes_what_it_opens(page):
    text = html_page(page)
    reader = Reader(text)
    assert text.startswith("<!doctype html>\n<html lang=")
    for tag in ("html", "head", "title", "body", "main", "h1", "footer"):
        assert reader.seen.count(tag) == 1
    assert ("meta", "name", "viewport") in reader.attributes
    assert "prefers-color-scheme: dark" in text


def test_with_its_pictures_it_refers_to_nothing_outside(folder):
    pytest.importorskip("matplotlib")
    write_report(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    reader = Reader(text)
    assert reader.seen.count("svg") == 4
    places = [
        value
        for _, name, value in reader.attributes
        if name in ("src", "href", "xlink:href", "srcset", "data", "action")
    ]
    assert places
    assert all(place.startswith(("#", "data:image/png;base64,")) for place in places)
    assert "://" not in text
    assert "@import" not in text
    assert "/home" not in text


def test_every_name_in_the_page_is_of_one_thing_and_every_link_arrives(folder):
    pytest.importorskip("matplotlib")
    write_report(folder)
    reader = Reader((folder / "report.html").read_text(encoding="utf-8"))
    names = [value for _, name, value in reader.attributes if name == "id"]
    assert len(names) == len(set(names))
    links = {
        value[1:] for _, name, value in reader.attributes if name == "href" and value[0] == "#"
    }
    assert links
    assert links <= set(names)


def test_every_score_is_shown_with_its_signature(page, scores):
    text = Reader(html_page(page)).text()
    for label, found in scores.items():
        for score in found:
            row = f"{label} {score.task} {score.languages} {score.data} {score.metric} {score.n:,}"
            assert f"{row} {format_score(score)} {score.signature}" in text


def test_nothing_of_a_user_becomes_a_tag(run, scores):
    evil = dataclasses.replace(
        scores["trained"][0],
        data=EVIL,
        languages=EVIL,
        signature=EVIL,
        metric=EVIL,
        task=EVIL,
        value=None,
        reason=EVIL,
        dropped={EVIL: 2},
    )
    run["alarms"] = [EVIL]
    run["teacher"]["name"] = EVIL
    run["data"][0]["where"] = EVIL
    page = distill_page(DistillRecord.model_validate(run), {EVIL: [evil, *scores["trained"]]})
    shown = dataclasses.replace(
        page,
        title=EVIL,
        facts={EVIL: EVIL},
        origin=[EVIL],
        alarms=[EVIL],
        sections=[*page.sections, Section(EVIL)],
    )
    text = html_page(shown)
    reader = Reader(text)
    assert reader.seen.count("script") == 1
    assert text.count("alert(") > 10
    assert "<script>alert" not in text
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert not re.search(r"(?<!\\)<script", page.markdown())


def test_a_label_stays_text_in_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    row = Score("bitext", "en-de", "accuracy_mean", 0.5, 0.4, 0.6, 9, "s", data="a")
    rows = [{"model": label} | row.to_dict() for label in (EVIL, "$\\frac{1}{2}$")]
    (tmp_path / "scores.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "run.json").write_text('{"command": "evaluate"}', encoding="utf-8")
    write_report(tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    reader = Reader(text)
    assert reader.seen.count("svg") == 1
    assert reader.seen.count("script") == 1
    assert "<script>alert" not in text
    drawn = [data for tag, data in reader.texts if tag == "text"]
    assert "$\\frac{1}{2}$" in drawn


def table(scores):
    """A page of one table of scores."""
    return Reader(html_page(Page("T", [Section(scores=scores)])))


def row(metric, *values, task="sts"):
    labels = ("teacher", "before", "after")
    return {
        label: [Score(task, "en-de", metric, value, None, None, 9, "s")]
        for label, value in zip(labels, values, strict=False)
    }


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        (row("spearman", 0.5, 0.8, 0.7), {"before"}),
        (row("spearman", 0.80001, 0.80004, 0.7), {"teacher", "before"}),
        (row("xsim_error", 0.5, 0.8, 0.7), {"teacher"}),
        (row("spearman", 0.5, None, 0.4), {"teacher"}),
        (row("spearman", 0.5), set()),
        (row("spearman", None, 0.5), set()),
        (row("norm_ratio", 0.9, 1.0), set()),
    ],
)
def test_the_best_of_a_row(scores, best):
    (only,) = score_rows(scores)
    assert best_labels(only) == best


def test_the_best_is_marked_but_not_among_rivals_that_do_not_compete():
    def bold(scores):
        return [text for tag, text in table(scores).texts if tag == "strong"]

    assert bold(row("spearman", 0.5, 0.8, 0.7)) == ["80.00"]
    assert bold(row("bias", -0.5, -0.1, 0.1)) == []
    assert bold(row("cosine_gold_0_to_1", 0.5, 0.1)) == []
    assert bold(row("fvu_source", 0.0, 0.3, 0.2, task="health")) == ["0.200"]


def test_rows_of_one_task_stay_together(scores):
    reader = table({"trained": scores["trained"]})
    tasks = {(score.task, score.languages, score.data) for score in scores["trained"]}
    groups = [value for tag, name, value in reader.attributes if (tag, name) == ("th", "rowspan")]
    assert reader.seen.count("tbody") == len(groups) == len(tasks)
    assert sum(map(int, groups)) == len(scores["trained"])


def test_a_missing_value_tells_why():
    found = row("spearman", 0.5)
    found["other"] = [Score("sts", "en-de", "spearman", None, None, None, 2, "s", reason="n < 3")]
    reader = table(found)
    assert ("td", "title", "n < 3") in reader.attributes
    assert "other: no value, n < 3" in reader.text()


def test_a_missing_test_set_is_called_missing():
    found = row("spearman", 0.5)
    reason = "no such test set was found"
    gap = Score("sts", "en-tr", "spearman", None, None, None, 0, "", reason=reason)
    found["teacher"] = [*found["teacher"], gap]
    reader = table(found)
    assert ("td", "missing") in reader.texts
    assert ("td", "title", reason) in reader.attributes


@pytest.mark.parametrize("group", GROUPS)
def test_an_aggregate_is_named_by_its_group_not_by_a_language(group):
    found = {"m": [Score("sts", group, "spearman_mean", 0.5, None, None, 86, "s", data="sts17")]}
    text = table(found).text()
    assert f"{GROUPS[group]} sts17 · n 86" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_numbers_stand_right_and_words_left():
    text = Table(("a", "b", "c"), (("x", "1,000", "-"), ("y", "20.5%", "z")), ("a note",))
    reader = Reader(html_page(Page("T", [Section(table=text)])))
    right = [tag for tag, name, value in reader.attributes if (name, value) == ("class", "number")]
    assert right == ["th", "td", "td"]
    assert "a note" in reader.text()


def test_what_is_empty_leaves_nothing():
    reader = Reader(html_page(Page("T", [Section(above="Above nothing:")])))
    assert set(reader.seen) & {"p", "ul", "figure", "details", "footer", "nav", "dl"} == set()
    assert Page("T", [Section(above="Above nothing:")]).markdown() == "# T\n"


def test_alarms_come_first_and_none_is_said():
    alarmed, calm = (Reader(html_page(Page("T", [], alarms=alarms))) for alarms in (["x"], []))
    assert ("div", "role", "note") in alarmed.attributes
    assert "This run raised an alarm: x" in alarmed.text()
    assert "No alarms." in calm.text()


def test_what_pages_are_made_from_is_part_of_the_package():
    folder = files("isogloss.reports").joinpath("pages")
    for name in ("report.md.jinja", "report.html.jinja", "style.css", "sorting.js"):
        assert folder.joinpath(name).is_file()
