"""Every folder that is written loads in older versions of the libraries, with the same vectors.

An environment is made for each version, once, in pytest's cache. ISOGLOSS_OLD_VERSIONS names a
folder with environments that are there already.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    Transformer,
)
from transformers import AutoTokenizer, ModernBertConfig, ModernBertModel, T5Config, T5EncoderModel

from isogloss.encoders.saving import save_model
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.trim import trim
from isogloss.samples import read_rows
from isogloss.students.pretrained import build_pretrained
from isogloss.students.settings import PretrainedSettings

pytestmark = [pytest.mark.slow, pytest.mark.network]

VERSIONS: Mapping[str, tuple[str, ...]] = {
    "2.7": ("sentence-transformers==2.7.0", "transformers==4.40.2", "numpy<2"),
    "3.4": ("sentence-transformers==3.4.1", "transformers==4.48.3"),
    "5.1": ("sentence-transformers==5.1.2", "transformers==4.56.2"),
}
NOT_YET = {"2.7": {"static", "static-trimmed", "modernbert"}}
"""What a version has no module or body for."""

SENTENCES = [
    text for row in read_rows("held_out")[:12] for text in (row["en"], row["de"], row["uk"])
] + ["", "UPPER and lower", " ".join(["The committee will decide on the new timetable."] * 40)]

READ = """
import json, sys
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoConfig, AutoModel, AutoTokenizer, T5EncoderModel

kinds, sentences, out = json.load(open(sys.argv[1], encoding="utf-8"))
vectors = {}
for kind, folder in kinds.items():
    model = SentenceTransformer(folder, device="cpu")
    vectors[kind] = model.encode(sentences)
    prompts = {name: text for name, text in model.prompts.items() if text}
    if prompts:
        said = json.dumps(prompts, sort_keys=True)
        vectors[kind + "/prompts"] = np.array([said, str(model.default_prompt_name)])
    if hasattr(model[0], "auto_model"):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        t5 = AutoConfig.from_pretrained(folder).model_type == "t5"
        body = (T5EncoderModel if t5 else AutoModel).from_pretrained(folder).eval()
        longest = model.max_seq_length
        limit = {"max_length": longest} if longest and longest < 1e9 else {}
        rows = []
        for sentence in sentences:
            batch = tokenizer(sentence, truncation=bool(limit), return_tensors="pt", **limit)
            with torch.no_grad():
                rows.append(body(**batch).last_hidden_state[0].mean(0).numpy())
        vectors[kind + "/mean"] = np.stack(rows)
np.savez(out, **vectors)
"""


@pytest.fixture(scope="module")
def folders(
    make_encoder: Callable[[str], Path],
    tiny_teacher: Path,
    recipe: DistillRecipe,
    finetune_recipe: FinetuneRecipe,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """A folder of every kind that is written."""
    place = tmp_path_factory.mktemp("kinds")
    quick = replace(recipe.training, epochs=1)
    short = replace(recipe, training=quick)
    runs = {
        "transplant": short,
        "static": replace(short, student=replace(recipe.student, kind="static")),
        "teacher-shorter": replace(short, teacher_dim=16),
        "teacher-pooled": replace(short, teacher_pooling="cls"),
        "pretrained-dense": replace(
            short, student=StudentRecipe(kind=str(make_encoder("xlm-roberta")))
        ),
    }
    made = {}
    for kind, wanted in runs.items():
        made[kind] = distill(replace(wanted, out=str(place / kind))).folder
    made["untrained"] = place / "transplant" / "untrained"
    for kind in ("teacher-shorter", "teacher-pooled"):
        made[f"{kind}-itself"] = place / kind / "teacher"
    texts = place / "text.txt"
    texts.write_text("\n".join(row["de"] for row in read_rows("train")), encoding="utf-8")
    for kind in ("transplant", "static", "pretrained-dense"):
        made[f"{kind}-trimmed"] = place / f"{kind}-trimmed"
        trim(str(made[kind]), made[f"{kind}-trimmed"], texts=[texts])
    tuned = replace(finetune_recipe.training, epochs=1)
    for kind in ("transplant", "pretrained-dense"):
        made[f"{kind}-tuned"] = place / f"{kind}-tuned"
        finetune(
            replace(
                finetune_recipe,
                model=str(made[kind]),
                out=str(made[f"{kind}-tuned"]),
                training=tuned,
            )
        )
    made["tuned"] = finetune(
        replace(finetune_recipe, out=str(place / "tuned"), training=tuned)
    ).folder
    for family in ("bert", "mpnet", "distilbert", "modernbert"):
        made[f"built-{family}"] = place / f"built-{family}"
        build_pretrained(
            str(make_encoder(family)), tiny_teacher, [], place / f"built-{family}",
            PretrainedSettings(pooling="max" if family == "bert" else None),
        )  # fmt: skip
    return made | _others(make_encoder, place)


def _others(make_encoder: Callable[[str], Path], place: Path) -> dict[str, Path]:
    """Models with prompts, with other poolings, without a limit, with rotary positions."""
    body = make_encoder("xlm-roberta")
    words = Transformer(str(body), max_seq_length=20, do_lower_case=True)
    pooled = Pooling(24, ("max", "mean"), include_prompt=False)
    dense = Dense(48, 16, activation_function=torch.nn.Tanh())
    prompts = {"query": "query: ", "passage": "passage: "}
    save_model(
        SentenceTransformer(
            modules=[words, pooled, dense, Normalize()],
            device="cpu",
            prompts=prompts,
            default_prompt_name="query",
        ),
        place / "prompts",
    )
    tokenizer = AutoTokenizer.from_pretrained(make_encoder("modernbert"))
    rotary = {
        "full_attention": {"rope_type": "default", "rope_theta": 700.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 30.0},
    }
    modern = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=24, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=48, rope_parameters=rotary, local_attention=16, pad_token_id=0,
        initializer_range=0.3,
    )  # fmt: skip
    bodies = {"rotary": ModernBertModel(modern)}
    endless = T5Config(vocab_size=len(tokenizer), d_model=24, d_kv=12, d_ff=48, num_layers=2,
                       num_heads=2, initializer_factor=3.0)  # fmt: skip
    bodies["endless"] = T5EncoderModel(endless)
    for kind, made in bodies.items():
        made.save_pretrained(place / f"{kind}-body")
        tokenizer.model_max_length = 40 if kind == "rotary" else int(1e30)
        tokenizer.save_pretrained(place / f"{kind}-body")
        modules = [Transformer(str(place / f"{kind}-body")), Pooling(24, "mean")]
        save_model(SentenceTransformer(modules=modules, device="cpu"), place / kind)
    return {kind: place / kind for kind in ("prompts", *bodies)}


@pytest.fixture(scope="module", params=VERSIONS)
def old(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """An older version, and the Python of its environment."""
    name = request.param
    cache = getattr(request.config, "cache", None)
    assert cache is not None
    given = os.environ.get("ISOGLOSS_OLD_VERSIONS")
    place = (Path(given) if given else cache.mkdir("old-versions")) / f"old-{name}"
    python = place / "bin" / "python"
    if not (place / "whole").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        install = [str(python), "-m", "pip", "install", "-q"]
        subprocess.run([*install, f"torch=={version('torch').partition('+')[0]}"], check=True)
        subprocess.run([*install, *VERSIONS[name]], check=True)
        (place / "whole").touch()
    return name, python


def read_with(python: Path, folders: Mapping[str, Path], tmp_path: Path) -> dict[str, np.ndarray]:
    """Vectors of all folders, as the interpreter of an environment makes them."""
    asked = tmp_path / "asked.json"
    out = tmp_path / "vectors.npz"
    kinds = {kind: str(folder) for kind, folder in folders.items()}
    asked.write_text(json.dumps([kinds, SENTENCES, str(out)]), encoding="utf-8")
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    offline.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(python), "-c", READ, str(asked)],
        env=offline, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(out) as vectors:
        return dict(vectors)


@pytest.fixture(scope="module")
def new(
    folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    return read_with(Path(sys.executable), folders, tmp_path_factory.mktemp("new"))


def test_every_folder_has_the_same_vectors_in_an_older_version(
    old: tuple[str, Path], folders: dict[str, Path], new: dict[str, np.ndarray], tmp_path: Path
) -> None:
    name, python = old
    known = {
        kind: folder
        for kind, folder in folders.items()
        if not any(kind.endswith(absent) or kind == absent for absent in NOT_YET.get(name, ()))
        and not (name == "2.7" and kind in ("rotary", "built-modernbert"))
    }
    theirs = read_with(python, known, tmp_path)
    assert {part.partition("/")[0] for part in theirs} == set(known)
    for part, vectors in theirs.items():
        ours = new[part]
        if part.endswith("/prompts"):
            assert list(vectors) == list(ours), part
            continue
        lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(vectors, axis=1)
        cosines = (ours * vectors).sum(1)[lengths > 0] / lengths[lengths > 0]
        assert cosines.min() >= 0.99999, (part, cosines.min())
        np.testing.assert_allclose(vectors, ours, rtol=1e-3, atol=1e-4, err_msg=part)
