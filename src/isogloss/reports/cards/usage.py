"""Code for a model card: how to embed sentences with the model."""

import json
from collections.abc import Mapping

from isogloss.reports.run_facts import RunFacts
from isogloss.reports.wording import language

# One sentence in many languages, and another to tell it from.
_SAME: Mapping[str, str] = {
    "ar": "تغادر العبّارة إلى الجزيرة عند الظهر.",
    "cs": "Trajekt na ostrov vyplouvá v poledne.",
    "de": "Die Fähre zur Insel legt mittags ab.",
    "en": "The ferry to the island leaves at noon.",
    "es": "El ferri a la isla sale al mediodía.",
    "fr": "Le ferry pour l'île part à midi.",
    "hi": "द्वीप के लिए नौका दोपहर में निकलती है।",
    "it": "Il traghetto per l'isola parte a mezzogiorno.",
    "ja": "島へのフェリーは正午に出ます。",
    "ko": "섬으로 가는 페리는 정오에 출발합니다.",
    "nl": "De veerboot naar het eiland vertrekt om twaalf uur.",
    "pl": "Prom na wyspę odpływa w południe.",
    "pt": "A balsa para a ilha parte ao meio-dia.",
    "ru": "Паром на остров отходит в полдень.",
    "sv": "Färjan till ön går klockan tolv.",
    "tr": "Adaya giden feribot öğlen kalkıyor.",  # noqa: RUF001 (the letter is Turkish)
    "uk": "Пором на острів відходить опівдні.",
    "zh": "去岛上的渡轮中午开。",
    "zh-Hant": "去島上的渡輪中午開。",
    "zh-TW": "去島上的渡輪中午開。",
}
_OTHER = "The library is closed on Mondays."
_MOST = 4

_SENTENCE_TRANSFORMERS = """\
```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{model}")
sentences = [
{sentences}
]
embeddings = model.encode(sentences{prompt})  # ({n}, {dim})
print(model.similarity(embeddings, embeddings))
```"""

_TRANSFORMERS = """\
```python
import torch
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model}")
model = AutoModel.from_pretrained("{model}").eval()
sentences = [
{sentences}
]
batch = tokenizer(sentences, padding=True, truncation=True, {max_length}return_tensors="pt")
with torch.inference_mode():
    tokens = model(**batch).last_hidden_state
{pooling}
```"""

_POOLING = {
    "mean": """\
mask = batch["attention_mask"].unsqueeze(-1).to(tokens.dtype)
embeddings = (tokens * mask).sum(1) / mask.sum(1)""",
    "cls": "embeddings = tokens[:, 0]",
}
_NORMALIZE = "embeddings = torch.nn.functional.normalize(embeddings, dim=1)"


def usage_section(facts: RunFacts, model: str) -> list[str]:
    """How to embed sentences with the model, and with which library.

    Args:
        facts: the run; its `student.sentence_transformers` is the oldest version that loads it.
        model: name or folder by which a reader will load the model.

    Returns:
        Paragraphs of Markdown.
    """
    least = facts.section("student").get("sentence_transformers")
    since = f" {least} or newer" if least else ""
    parts = [f"With Sentence Transformers{since}:", sentence_transformers_usage(facts, model)]
    plain = transformers_usage(facts, model)
    return [*parts, "With transformers alone:", plain] if plain else parts


def sentence_transformers_usage(facts: RunFacts, model: str) -> str:
    """Code that embeds sentences with Sentence Transformers.

    Args:
        facts: the run.
        model: name or folder by which a reader will load the model.

    Returns:
        A Markdown code block; with the prompt that the model was fine-tuned with, if any.
    """
    sentences, prompt = _sentences(facts), _prompt(facts)
    return _SENTENCE_TRANSFORMERS.format(
        model=model,
        sentences=_written(sentences),
        n=len(sentences),
        prompt=f", prompt={json.dumps(prompt, ensure_ascii=False)}" if prompt else "",
        dim="dim" if facts.dim is None else f"{facts.dim:.0f}",
    )


def transformers_usage(facts: RunFacts, model: str) -> str:
    """Code that embeds sentences with transformers alone: encode, pool, normalize.

    Args:
        facts: the run; a `student.projection` says that the student has one.
        model: name or folder by which a reader will load the model.

    Returns:
        A Markdown code block; `""` for a model that transformers alone cannot run as it should: a
        static student, one with a projection or a prompt, or one whose pooling is neither mean nor
        cls.
    """
    pooling = _POOLING.get(facts.pooling)
    projected = facts.section("student").get("projection")
    if facts.kind == "static" or projected or pooling is None or _prompt(facts):
        return ""
    if facts.normalizes:
        pooling = f"{pooling}\n{_NORMALIZE}"
    longest = facts.max_length
    return _TRANSFORMERS.format(
        model=model,
        sentences=_written(_sentences(facts)),
        max_length="" if longest is None else f"max_length={longest:.0f}, ",
        pooling=pooling,
    )


def _prompt(facts: RunFacts) -> str:
    """What stood before every sentence of a fine-tuning; a distilled student reads them bare."""
    return str(facts.section("start").get("prompt") or "")


def _sentences(facts: RunFacts) -> list[str]:
    """The sentence in a few of the model's languages, the source first, then another sentence."""
    codes = facts.languages[:_MOST] or ["en"]
    same = [_SAME.get(code) or _SAME.get(code.partition("-")[0]) for code in codes]
    written = [
        text or f"(the same in {language(code)})" for code, text in zip(codes, same, strict=True)
    ]
    return [*written, _OTHER]


def _written(sentences: list[str]) -> str:
    return "\n".join(f'    "{sentence}",' for sentence in sentences)
