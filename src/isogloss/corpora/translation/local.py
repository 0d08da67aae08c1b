"""Translation by a model of transformers on this machine: Marian (opus-mt), M2M100, NLLB."""

import re
from collections.abc import Sequence
from typing import Any

from isogloss.corpora.translation.translator import Translation
from isogloss.data.languages import LanguagePair
from isogloss.errors import InputError, MissingExtraError, ModelNotFoundError

LONGEST = 512
"""Tokens of a translation, at most."""

_TARGET = re.compile(r">>\w+<<")
"""How Marian models of several target languages name one: a token before the text."""

_NLLB = {
    **{"ara": "arb", "fas": "pes", "msa": "zsm", "lav": "lvs", "sqi": "als"},
    **{"swa": "swh", "nep": "npi", "nor": "nob", "mon": "khk", "uzb": "uzn", "aze": "azj"},
    **{"mlg": "plt", "yid": "ydd", "orm": "gaz", "kur": "kmr", "pus": "pbt", "ori": "ory"},
}
"""Languages of which NLLB names one kind."""


class LocalModel:
    """A sequence-to-sequence model.

    Args:
        name: folder or hub name.
        languages: from which into which.
        beams: translations that are followed at once.

    Raises:
        ModelNotFoundError: nothing has that name, or it is no such model.
        MissingExtraError: its tokenizer needs sentencepiece.
        InputError: it does not know a language.
    """

    batch = 16

    def __init__(self, name: str, languages: LanguagePair, beams: int = 4) -> None:
        self.name, self._beams, self._languages = name, beams, languages
        self._tokenizer, self._model = _load(name)
        vocabulary = self._tokenizer.get_vocab()
        source, target = (_codes(code) for code in languages)
        self._prefix, self._first = "", None
        if self._model.config.model_type == "marian":
            prefix = next((f">>{code}<<" for code in target if f">>{code}<<" in vocabulary), "")
            if not prefix and any(map(_TARGET.fullmatch, vocabulary)):
                raise self._unknown([languages.target])
            self._prefix = f"{prefix} " if prefix else ""
            return
        named = [_named(codes, vocabulary) for codes in (source, target)]
        missing = [code for code, token in zip(languages, named, strict=True) if token is None]
        if missing:
            raise self._unknown(missing)
        self._tokenizer.src_lang = str(named[0]).strip("_")
        self._first = vocabulary[named[1]]

    @property
    def fingerprint(self) -> str:
        """The model's weights by their sum, the languages, and the beams."""
        total = sum(float(weights.double().sum()) for weights in self._model.state_dict().values())
        return f"{self.name} {total!r} {self._languages} {self._beams}"

    def _unknown(self, codes: Sequence[str]) -> InputError:
        return InputError(
            f"model {self.name} does not know {' and '.join(codes)}; expected languages that it "
            "was trained on: take another --model"
        )

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """See `Translator.translate`; the score is the mean probability of a token (geometric).

        What is cut off, on either side, is no translation: its score is 0.
        """
        import torch

        given = [self._prefix + text for text in texts]
        too_long = [len(ids) > LONGEST for ids in self._tokenizer(given)["input_ids"]]
        batch = self._tokenizer(
            given,
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=LONGEST,
        )
        batch.pop("token_type_ids", None)
        more = {} if self._first is None else {"forced_bos_token_id": self._first}
        with torch.inference_mode():
            out = self._model.generate(
                **batch,
                num_beams=self._beams,
                max_new_tokens=LONGEST,
                do_sample=False,
                output_scores=True,
                return_dict_in_generate=True,
                **more,
            )
            likely = self._model.compute_transition_scores(
                out.sequences, out.scores, getattr(out, "beam_indices", None), True
            )
        written = self._tokenizer.batch_decode(out.sequences, skip_special_tokens=True)
        before_last = out.sequences[:, 1:LONGEST]  # at the last place the end may be forced
        ended = (before_last == self._model.config.eos_token_id).any(dim=1).tolist()
        return [
            Translation(" ".join(text.split()), 0.0 if long or not end else _certainty(row))
            for text, row, long, end in zip(written, likely, too_long, ended, strict=True)
        ]


def _certainty(log_probabilities: Any) -> float:
    """Geometric mean of the probabilities of the tokens; those that were forced say nothing."""
    said = log_probabilities[log_probabilities.isfinite() & (log_probabilities < 0)]
    return float(said.double().mean().exp()) if len(said) else 1.0


def _load(name: str) -> tuple[Any, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForSeq2SeqLM.from_pretrained(name)
    except ImportError as error:
        raise MissingExtraError(
            f"the tokenizer of {name} needs sentencepiece, which is not installed; run: "
            "pip install sentencepiece"
        ) from error
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:160]
        raise ModelNotFoundError(
            f"model {name!r} cannot be loaded ({said}); expected the folder or hub name of a "
            "translation model of transformers: Marian (Helsinki-NLP/opus-mt-...), M2M100, NLLB"
        ) from error
    return tokenizer, model.eval()


def _codes(code: str) -> list[str]:
    """How models call a language: `de`, `deu`, `deu_Latn`."""
    from langcodes import Language

    language = Language.get(code)
    three = language.to_alpha3()
    names = [code, str(language.language), three, _NLLB.get(three, three)]
    script = language.maximize().script
    return list(dict.fromkeys([*names, *(f"{name}_{script}" for name in names)]))


def _named(codes: Sequence[str], vocabulary: dict[str, int]) -> str | None:
    """The token by which a model tells a language: `__de__` (M2M100), `deu_Latn` (NLLB)."""
    tokens = (form for code in codes for form in (f"__{code}__", code if "_" in code else ""))
    return next((token for token in tokens if token in vocabulary), None)
