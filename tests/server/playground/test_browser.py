"""The page in a browser that can reach nothing but the service.

With ISOGLOSS_SCREENSHOTS=DIR and ISOGLOSS_STUDENT=MODEL the pictures of the guide are drawn again.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import torch

pytest.importorskip("gradio")

pytestmark = pytest.mark.slow

SENTENCES = "\n".join(
    (
        "en: The ferry to the island leaves at noon.",
        "de: Die Fähre zur Insel legt mittags ab.",
        "ar: تغادر العبّارة إلى الجزيرة عند الظهر.",
        "ja: 島へのフェリーは正午に出ます。",
        "en: The library is closed on Mondays.",
        "de: Die Bibliothek ist montags geschlossen.",
        "ar: المكتبة مغلقة أيام الاثنين.",
        "ja: 図書館は月曜日に休館です。",
    )
)


@pytest.fixture(scope="module")
def student(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student, its card, and the run that names its teacher; other weights than the teacher's."""
    from sentence_transformers import SentenceTransformer

    folder = tmp_path_factory.mktemp("models") / "student"
    model = SentenceTransformer(str(tiny_teacher), device="cpu")
    with torch.no_grad():
        for weight in model.parameters():
            weight += torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) / 10
    model.save(str(folder))
    record = {
        "command": "distill",
        "schema_version": 1,
        "data": [{"where": "en-de.tsv", "languages": "en-de"}],
        "teacher": {"name": str(tiny_teacher)},
    }
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    card = "# A student\n\n## Limitations\n\n- It has read a tiny book.\n\n## License\n"
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def playground(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The address of a page, and the folder of its corrections."""
    model = os.environ.get("ISOGLOSS_STUDENT", str(student))
    folder = tmp_path_factory.mktemp("feedback")
    words = ["serve", "--model", model, "--playground", "--port", "0", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "isogloss", *words, "--feedback", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the service did not start"
        yield json.loads(line)["playground"], folder
    finally:
        process.terminate()  # with a page open
        assert process.wait(50) == 0


def draw(browser: Any, name: str, height: int) -> None:
    if place := os.environ.get("ISOGLOSS_SCREENSHOTS"):
        from PIL import Image

        picture = Path(place) / name
        browser.picture(picture, 1280, height)
        Image.open(picture).quantize(64).save(picture, optimize=True)


def test_the_first_page_shows_a_map_and_loads_nothing_from_elsewhere(
    browser: Any, playground: Any
) -> None:
    url, _ = playground
    browser.open(url)
    browser.wait("document.querySelectorAll('#map td.n').length >= 16")
    hosts = {urlsplit(asked).hostname for asked in browser.asked_for if asked.startswith("http")}
    assert hosts == {"127.0.0.1"}
    draw(browser, "playground-start.png", 950)


def test_a_link_restores_sentences_and_each_runs_in_its_own_direction(
    browser: Any, playground: Any
) -> None:
    url, _ = playground
    browser.open(f"{url}?{urlencode({'sentences': SENTENCES})}")
    browser.wait("document.querySelectorAll('#map td.n').length == 64")
    cells = "[...document.querySelectorAll('#map td.text span')]"
    directions = browser.run(f"{cells}.map(e => getComputedStyle(e).direction)")
    assert directions == ["ltr", "ltr", "rtl", "ltr"] * 2
    heads = browser.run("[...document.querySelectorAll('#map thead th')].map(e => e.innerText)")
    assert [head.split()[-1] for head in heads if head] == ["en", "de", "ar", "ja"] * 2
    if "ISOGLOSS_STUDENT" not in os.environ:
        assert "It has read a tiny book." in browser.run("document.body.innerText")
    draw(browser, "playground-similarity.png", 1180)


def test_the_teacher_is_asked_in_place_of_the_student_and_the_link_says_so(
    browser: Any, playground: Any
) -> None:
    url, _ = playground
    cells = "[...document.querySelectorAll('#map td.n')].map(e => e.innerText).join(' ')"
    there = "document.querySelectorAll('#map td.n').length == 64"
    browser.open(f"{url}?{urlencode({'sentences': SENTENCES})}")
    browser.wait(there)
    by_student = browser.run(cells)
    browser.run("document.querySelector('input[type=radio][value=teacher]').click()")
    browser.wait(f"{cells} != {by_student!r}")
    by_teacher = browser.run(cells)
    browser.wait("location.search.includes('model=teacher')")
    shown = "[...document.querySelectorAll('textarea, input')].some(e => e.value == location.href)"
    browser.wait(shown)
    browser.open(browser.run("location.href"))
    browser.wait(there)
    assert browser.run(cells) == by_teacher
    draw(browser, "playground-teacher.png", 1180)


def test_a_search_ranks_every_language(browser: Any, playground: Any) -> None:
    url, _ = playground
    state = {"tab": "search", "sentences": SENTENCES, "query": "de: Das Schiff fährt um zwölf Uhr."}
    browser.open(f"{url}?{urlencode(state)}")
    browser.wait("document.querySelectorAll('#found table').length == 2")
    first = "document.querySelectorAll('#found table')[0]"
    assert browser.run(f"{first}.querySelectorAll('tbody tr').length") == 4
    draw(browser, "playground-search.png", 1250)


def test_a_press_writes_a_pair_down_and_another_makes_a_link(browser: Any, playground: Any) -> None:
    url, folder = playground
    browser.open(f"{url}?{urlencode({'sentences': SENTENCES})}")
    browser.wait("document.querySelectorAll('#map td.n').length == 64")
    browser.click("Compare")
    browser.wait("location.search.includes('sentences=')")
    browser.click("wrong?")
    browser.wait("document.body.innerText.includes('Write it down')")
    browser.click("Write it down")
    browser.wait("document.body.innerText.includes('Written to')")
    [file] = folder.iterdir()
    assert file.name == "en-de.tsv"
    first, second = SENTENCES.splitlines()[:2]
    assert file.read_text("utf-8") == f"1\t{first[4:]}\t{second[4:]}\n"
