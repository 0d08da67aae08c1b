"""The page itself, in Gradio."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from isogloss.errors import IsoglossError
from isogloss.server.batching import QueueFullError
from isogloss.server.playground.corrections import correct
from isogloss.server.playground.links import State, as_link, from_query
from isogloss.server.playground.sentences import (
    example_languages,
    example_lines,
    read_sentence,
    read_sentences,
)
from isogloss.server.playground.tables import heat_map, hits_table, languages_table, notice
from isogloss.server.playground.trial import MAX_SEARCHED, MAX_SENTENCES, Trial

FONTS = ["system-ui", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK JP", "sans-serif"]
"""Of the visitor's system: nothing is loaded from elsewhere."""

STYLE = """
textarea, input[type=text] { unicode-bidi: plaintext; text-align: start; }
.scroll { overflow-x: auto; }
.scroll table.heat { border-collapse: separate; border-spacing: 2px; font-size: 14px; }
.scroll table.heat, .scroll table.heat th, .scroll table.heat td { border: none; }
table.heat th { font-weight: 600; text-align: center; padding: 2px 6px; white-space: nowrap; }
table.heat td.n { text-align: center; padding: 5px 7px; border-radius: 4px; min-width: 2.6em;
  font-variant-numeric: tabular-nums; }
table.heat td.near { box-shadow: inset 0 0 0 2px #e07a1f; }
table.heat td.text { padding: 2px 8px; min-width: 16em; max-width: 34em; }
table.heat td.text span { display: block; text-align: start; }
p.note { color: #666; font-size: 13px; margin: 6px 0; }
footer { display: none !important; }
"""

EXAMPLES = ["two translations", "three meanings", "two that differ"]
REMEMBER = "(link) => { if (link) history.replaceState(null, '', link); return location.href; }"
"""The state goes into the address, which is then shown whole."""
SAYS = "One sentence a line; its language before a colon, as in `de: Guten Morgen`."


def build_page(trial: Trial, corrections: Path) -> gr.Blocks:
    """The page.

    Args:
        trial: what is tried.
        corrections: folder for pairs that visitors call wrong.
    """
    with gr.Blocks(title="isogloss", analytics_enabled=False, fill_width=True) as page:
        gr.Markdown(f"# {trial.names['student']}")
        with gr.Row():
            with gr.Column(scale=3):
                models = [(f"{key}: {trial.names[key]}", key) for key in trial.models]
                model = gr.Radio(
                    models, value="student", label="model", visible=len(trial.models) > 1
                )
                with gr.Tabs() as tabs:
                    with gr.Tab("Similarity", id="similarity"):
                        similarity = _similarity(trial, model, corrections)
                    with gr.Tab("Search", id="search"):
                        search = _search(trial, model)
            with gr.Column(scale=1, min_width=260):
                gr.Markdown(f"## Limits\n\n{trial.limits}")
        page.load(
            _restoring(trial),
            None,
            [tabs, model, similarity[0], similarity[1], *search],
            show_progress="hidden",
            api_visibility="private",
        )
    return page


def _similarity(trial: Trial, model: Any, folder: Path) -> Sequence[Any]:
    """The tab with the heat map: the box of sentences, and the map."""
    languages = example_languages(trial.languages)[:4]
    examples = [
        ["\n".join(example_lines(languages, numbers))] for numbers in ((0, 2), (0, 1, 4), (3, 4))
    ]
    box = gr.Textbox(
        examples[0][0], lines=8, max_lines=16, label="sentences", info=SAYS, elem_id="sentences"
    )
    gr.Examples(examples, box, label="examples", example_labels=EXAMPLES)
    button = gr.Button("Compare", variant="primary")
    shown = gr.HTML(elem_id="map")
    link = _link_box()

    def compare(text: str, name: str) -> tuple[str, str]:
        return show_map(trial, text, name), as_link(State("similarity", name, text))

    gr.on(
        [button.click, model.change],
        compare,
        [box, model],
        [shown, link],
        api_visibility="private",
        show_progress="minimal",
    ).then(None, link, link, js=REMEMBER)
    with gr.Accordion("wrong?", open=False), gr.Row():
        first = gr.Number(1, label="sentence", precision=0, minimum=1)
        second = gr.Number(2, label="and sentence", precision=0, minimum=1)
        grade = gr.Slider(0, 5, 5, step=0.5, label="should be: 0 unrelated, 5 the same meaning")
        wrong = gr.Button("Write it down")
        said = gr.HTML()

    def write_down(text: str, one: float | None, other: float | None, value: float) -> str:
        return write_pair(folder, text, (int(one or 0), int(other or 0)), value)

    wrong.click(write_down, [box, first, second, grade], said, api_visibility="private")
    return box, shown


def _search(trial: Trial, model: Any) -> Sequence[Any]:
    """The tab with the search: the query, the box of sentences, and what was found."""
    languages = example_languages(trial.languages)
    query = gr.Textbox(
        example_lines(languages[:1], [1])[0], label="search for", elem_id="query", info=SAYS
    )
    box = gr.Textbox(
        "\n".join(example_lines(languages, (0, 2, 3, 4))),
        lines=8,
        max_lines=16,
        label="among",
        visible=trial.index is None,
    )
    button = gr.Button("Search", variant="primary")
    shown = gr.HTML(elem_id="found")
    link = _link_box()

    def search(asked: str, text: str, name: str) -> tuple[str, str]:
        return show_hits(trial, asked, text, name), as_link(State("search", name, text, asked))

    gr.on(
        [button.click, query.submit],
        search,
        [query, box, model],
        [shown, link],
        api_visibility="private",
        show_progress="minimal",
    ).then(None, link, link, js=REMEMBER)
    return query, box, shown


def _link_box() -> Any:
    return gr.Textbox(
        label="link to this state", lines=1, max_lines=1, interactive=False, buttons=["copy"]
    )


def _restoring(trial: Trial) -> Any:
    """What fills a page from its address; without a state the first example is compared."""

    def restore(request: gr.Request) -> list[Any]:
        state = from_query(request.query_params)
        if state is None:
            lines = example_lines(example_languages(trial.languages)[:4], (0, 2))
            shown = show_map(trial, "\n".join(lines), "student")
            return [gr.skip(), gr.skip(), gr.skip(), shown, gr.skip(), gr.skip(), gr.skip()]
        name = state.model if state.model in trial.models else "student"
        tabs = gr.Tabs(selected=state.tab)
        if state.tab == "search":
            found = show_hits(trial, state.query, state.sentences, name)
            return [tabs, name, gr.skip(), gr.skip(), state.query, state.sentences, found]
        shown = show_map(trial, state.sentences, name)
        return [tabs, name, state.sentences, shown, gr.skip(), gr.skip(), gr.skip()]

    return restore


def show_map(trial: Trial, text: str, model: str) -> str:
    """The heat map of what a visitor wrote, or what is missing."""
    sentences = read_sentences(text, MAX_SENTENCES)
    if len(sentences) < 2:
        return notice("Write two sentences or more, one a line.")
    try:
        return heat_map(sentences, trial.similarities(sentences, model))
    except (QueueFullError, TimeoutError):
        return notice("The service is busy; try again in a while.")


def show_hits(trial: Trial, asked: str, text: str, model: str) -> str:
    """What a search found, by language and in all, or what is missing."""
    query, sentences = read_sentence(asked), read_sentences(text, MAX_SEARCHED)
    if not query.text or not (sentences or trial.index is not None):
        return notice("Write what to search for, and sentences to search among.")
    if trial.index is not None and model != "student":
        return notice("The index holds the student's vectors; choose the student to search it.")
    try:
        ranked = trial.search(query, sentences, model)
    except (QueueFullError, TimeoutError):
        return notice("The service is busy; try again in a while.")
    return languages_table(ranked) + hits_table(ranked)


def write_pair(folder: Path, text: str, numbers: tuple[int, int], grade: float) -> str:
    """Write down a pair of the map, and say where."""
    sentences = read_sentences(text, MAX_SENTENCES)
    first, second = numbers
    if not (min(numbers) >= 1 and max(numbers) <= len(sentences)) or first == second:
        return notice(f"Choose two different sentences, from 1 to {len(sentences)}.")
    try:
        path = correct(folder, sentences[first - 1], sentences[second - 1], grade)
    except IsoglossError as error:
        return notice(str(error))
    return notice(f"Written to {path}; for `isogloss finetune --crossings none --sts ...`")
