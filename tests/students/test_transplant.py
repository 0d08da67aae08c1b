"""The transplant student: the teacher's rows untouched, a folder that every tool loads alike."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from torch.nn import functional
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import ModelShapeError
from isogloss.students import new_tokens as room
from isogloss.students.new_tokens import TransplantReport
from isogloss.students.settings import TransplantSettings
from isogloss.students.transplant import build_transplant
from isogloss.vocabulary.extend import extend_vocabulary
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import ExtendedTokenizer

BODIES: dict[str, tuple[type, type]] = {
    "bert": (BertConfig, BertModel),
    "roberta": (RobertaConfig, RobertaModel),
    "xlmr": (XLMRobertaConfig, XLMRobertaModel),
}

SETTINGS = TransplantSettings(vocabulary=VocabularySettings(size=300, min_count=3))

HARD = [
    "Її йод і їжак; и та й.",  # noqa: RUF001
    "Über grüne Hügel – größer, schöner.",
    "私はがんばりますから、ぱんを食べます。",
    "naïve café",
    "A sentence with <mask> and [MASK] in it!",
    "  two  spaces\tand a tab ",
    "",
]
"""Where a rebuilt normalizer would lose marks: й or и, ü or u, が or か."""


@dataclass(frozen=True)
class Transplant:
    """A teacher of one family, its student, and what the student's tokenizer should be."""

    teacher: Path
    student: Path
    extended: ExtendedTokenizer
    report: TransplantReport
    texts: list[str]


def save_teacher(family: str, state: dict[str, Any], folder: Path) -> Path:
    """A random body of a family around a tokenizer, as a Sentence Transformers folder."""
    tokenizer = Tokenizer.from_str(json.dumps(state))
    first, last = ("[CLS]", "[SEP]") if family == "bert" else ("<s>", "</s>")
    pad, unknown, mask = (
        ("[PAD]", "[UNK]", "[MASK]") if family == "bert" else ("<pad>", "<unk>", "<mask>")
    )
    ends = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    tokenizer.post_processor = TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    config, body = BODIES[family]
    torch.manual_seed(0)
    model = body(
        config(
            vocab_size=tokenizer.get_vocab_size() + 3,  # rows that no token uses, as in many models
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=130,
            pad_token_id=tokenizer.token_to_id(pad),
            initializer_range=0.3,
        )
    )
    model.save_pretrained(folder / "body")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        cls_token=first,
        sep_token=last,
        pad_token=pad,
        unk_token=unknown,
        mask_token=mask,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder / "body")
    modules = [Transformer(str(folder / "body")), Pooling(16, "mean"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(
        str(folder / "teacher"), create_model_card=False
    )
    return folder / "teacher"


@pytest.fixture(scope="module", params=BODIES)
def transplant(
    request: pytest.FixtureRequest,
    teachers: dict[str, Any],
    english: list[str],
    languages: dict[str, list[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Transplant:
    folder = tmp_path_factory.mktemp("transplant")
    teacher = save_teacher(request.param, teachers[request.param], folder)
    targets = {code: languages[code] for code in ("de", "uk", "ja")}
    pairs = [
        ParallelSentences("en", code, (english * 3)[: len(texts)], texts)
        for code, texts in targets.items()
    ]
    built: list[ExtendedTokenizer] = []

    def extend(*arguments: Any) -> ExtendedTokenizer:
        built.append(extend_vocabulary(*arguments))
        return built[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "extend_vocabulary", extend)
        report = build_transplant(teacher, pairs, folder / "student", SETTINGS)
    [extended] = built
    texts = HARD + [text for part in targets.values() for text in part[:10]] + english[:10]
    return Transplant(teacher, folder / "student", extended, report, texts)


def table_of(folder: Path) -> torch.Tensor:
    body: Any = AutoModel.from_pretrained(folder)
    return body.get_input_embeddings().weight.detach()


def restarted(transplant: Transplant) -> set[int]:
    """Old tokens that have another row than the teacher's."""
    old, new = table_of(transplant.teacher), table_of(transplant.student)
    n_old = transplant.extended.n_old
    return set(torch.nonzero((new[:n_old] != old[:n_old]).any(1)).flatten().tolist())


def test_old_tokens_of_the_source_keep_their_rows_bit_by_bit(
    transplant: Transplant, english: list[str]
) -> None:
    n_old, new = transplant.extended.n_old, table_of(transplant.student)
    changed = restarted(transplant)
    assert len(changed) <= transplant.report.restarted_tokens < n_old / 2
    ids = [i for text in english for i in transplant.extended.tokenizer.encode(text).ids]
    assert sum(i in changed for i in ids) < 0.02 * len(ids)
    assert len(new) == transplant.extended.size == transplant.report.tokens_after
    assert transplant.report.tokens_before == n_old
    assert transplant.report.new_tokens == len(new) - n_old > 100


def test_new_tokens_start_within_what_the_teacher_knows(transplant: Transplant) -> None:
    table, n_old = table_of(transplant.student), transplant.extended.n_old
    assert torch.isfinite(table).all()
    old = table_of(transplant.teacher)[:n_old]
    mean = old.mean(0)
    aligned = (table[n_old:] - mean).norm(dim=1) > 1e-5
    assert int(aligned.sum()) == transplant.report.aligned_tokens > 50
    assert table.norm(dim=1).max() <= old.norm(dim=1).max() + 1e-5


def test_the_rest_of_the_body_is_the_teachers(transplant: Transplant) -> None:
    old = AutoModel.from_pretrained(transplant.teacher).state_dict()
    new = AutoModel.from_pretrained(transplant.student).state_dict()
    assert set(old) == set(new)
    changed = {name for name in old if not torch.equal(old[name], new[name][: len(old[name])])}
    assert changed == {"embeddings.word_embeddings.weight"} or changed == set()


def test_the_loaded_tokenizer_cuts_as_the_built_one(transplant: Transplant) -> None:
    built = transplant.extended.tokenizer
    expected = [built.encode(text).ids for text in transplant.texts]
    loaded = AutoTokenizer.from_pretrained(transplant.student)
    assert loaded(transplant.texts)["input_ids"] == expected
    through: Any = SentenceTransformer(str(transplant.student), device="cpu").tokenizer
    assert through(transplant.texts)["input_ids"] == expected
    assert loaded.pad_token_id == AutoTokenizer.from_pretrained(transplant.teacher).pad_token_id
    assert loaded.mask_token is not None


def test_marks_that_make_another_word_are_kept(transplant: Transplant) -> None:
    loaded = AutoTokenizer.from_pretrained(transplant.student)
    for one, other in (("їй", "їи"), ("кий", "кии"), ("schön", "schon"), ("が", "か")):
        first, second = loaded([one, other])["input_ids"]
        assert first != second, (one, other)


def test_both_libraries_give_the_same_vectors(transplant: Transplant) -> None:
    expected = SentenceTransformer(str(transplant.student), device="cpu").encode(transplant.texts)
    tokenizer = AutoTokenizer.from_pretrained(transplant.student)
    body = AutoModel.from_pretrained(transplant.student).eval()
    batch = tokenizer(transplant.texts, padding=True, truncation=True, return_tensors="pt")
    mask = batch["attention_mask"].unsqueeze(-1)
    with torch.no_grad():
        hidden = body(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        ).last_hidden_state
    mean = (hidden * mask).sum(1) / mask.sum(1)
    by_hand = functional.normalize(mean, dim=1).numpy()
    np.testing.assert_allclose(by_hand, expected, atol=1e-5)
    ours = load_encoder(transplant.student, precision="fp32").encode(transplant.texts)
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_source_sentences_that_are_cut_as_before_keep_their_vectors(
    transplant: Transplant, english: list[str]
) -> None:
    teacher = load_encoder(transplant.teacher, precision="fp32")
    student = load_encoder(transplant.student, precision="fp32")
    cosines = (teacher.encode(english) * student.encode(english)).sum(1)
    before, after = (
        Tokenizer.from_file(str(transplant.teacher / "tokenizer.json")),
        transplant.extended.tokenizer,
    )
    cuts = [(before.encode(text).ids, after.encode(text).ids) for text in english]
    changed = restarted(transplant)
    as_before = [one == other and changed.isdisjoint(other) for one, other in cuts]
    assert (cosines > 1 - 1e-5).tolist() == as_before
    assert np.mean(as_before) > 0.8


def test_the_report_counts_tokens(transplant: Transplant) -> None:
    lengths = transplant.report.tokens_per_sentence
    assert set(lengths) == {"de", "uk", "ja"}
    assert lengths["de"]["student"] < lengths["de"]["teacher"]
    body: Any = AutoModel.from_pretrained(transplant.student)
    assert transplant.report.parameters == sum(p.numel() for p in body.parameters())


def test_a_folder_of_two_models_is_refused(
    tiny_teacher: Path, english: list[str], languages: dict[str, list[str]], tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(tiny_teacher, mixed)
    model = load_sentence_transformer(mixed, device="cpu")
    body: Any = model[0].auto_model
    body.resize_token_embeddings(50)
    model.save_pretrained(str(mixed), create_model_card=False)
    pairs = ParallelSentences("en", "de", (english * 2)[:88], languages["de"])
    with pytest.raises(ModelShapeError, match=r"embedding table 50.*two models"):
        build_transplant(mixed, [pairs], tmp_path / "out", SETTINGS)
