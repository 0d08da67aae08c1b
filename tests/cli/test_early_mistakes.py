"""A mistake in an argument is told before the libraries of models are loaded."""

import json
import subprocess
import sys
from pathlib import Path

MODEL = "all-MiniLM-L6-v2"
DISTILL = ("distill", "--teacher", MODEL, "--out", "o")
FINETUNE = ("finetune", "--model", MODEL, "--out", "o")
EVALUATE = ("evaluate", "--model", MODEL)
ALIGN = ("align", "--model", MODEL, "--source", "pairs.tsv", "--target")
PARAPHRASES = ("paraphrases", "--model", MODEL, "--out", "o.tsv", "--in")
TRIM = ("trim", "--model", MODEL, "--out", "o")
MINE = ("mine", "--model", MODEL, "--out", "o.tsv")
SEARCH = ("search",)
CLUSTER = ("cluster", "--model", MODEL, "--in", "pairs.tsv")
MISTAKES = [
    ((*DISTILL, "--pairs", "en-xq=pairs.tsv"), "unknown language code 'xq'"),
    ((*DISTILL, "--pairs", "en-de=none.tsv"), "no file 'none.tsv'"),
    ((*DISTILL, "--pairs", "en-de=dict:none.txt"), "no file 'none.txt'"),
    ((*DISTILL, "--pairs", "en-de=opus:TED2020"), "opus:CORPUS/vN"),
    ((*DISTILL, "--pairs", "en-de=pairs.tsv", "--task", "stz:de-de=a.tsv"), "did you mean 'sts'?"),
    ((*DISTILL, "recipe.toml"), "no file 'gone.tsv'"),
    ((*FINETUNE, "--sts", "xq=pairs.tsv"), "unknown language code 'xq'"),
    ((*FINETUNE, "--sts", "de=none.tsv"), "no file 'none.tsv'"),
    ((*FINETUNE, "--sts", "de=hf:./none"), "no folder './none'"),
    ((*EVALUATE, "--task", "sts:xq-de=pairs.tsv"), "unknown language code 'xq'"),
    ((*EVALUATE, "--task", "sts:de-de=none.tsv"), "no file 'none.tsv'"),
    ((*EVALUATE, "--task", "bitxt:en-de=pairs.tsv"), "did you mean 'bitext'?"),
    ((*EVALUATE, "--suite", "sts-17"), "did you mean 'sts17'?"),
    ((*TRIM, "--languages", "xq"), "unknown language code 'xq'"),
    ((*TRIM, "--text", "none.txt"), "no file 'none.txt'"),
    ((*ALIGN, "none.txt", "--out", "o.tsv"), "no file 'none.txt'"),
    ((*ALIGN, "pairs.tsv", "--out", "o.txt"), "expected .tsv or .tmx"),
    ((*ALIGN, "pairs.tsv", "--out", "o.tsv", "--languages", "xq-de"), "unknown language code"),
    ((*PARAPHRASES, "none.txt"), "no file 'none.txt'"),
    ((*MINE, "--source", "none.txt", "--target", "pairs.tsv"), "no file 'none.txt'"),
    ((*MINE, "--filter", "none.tsv"), "no file 'none.tsv'"),
    ((*MINE, "--filter", "pairs.tsv", "--margin", "ration"), "did you mean 'ratio'?"),
    ((*SEARCH, "build", "--model", MODEL, "--in", "none.txt", "--out", "o"), "no file 'none.txt'"),
    ((*SEARCH, "build", "--model", MODEL, "--in", "pairs.tsv", "--out", "pairs.tsv"), "is a file"),
    ((*SEARCH, "add", "none", "--in", "pairs.tsv"), "'none' holds no index"),
    ((*SEARCH, "query", "none", "x"), "'none' holds no index"),
    ((*SEARCH, "query", "none", "x", "--where", "year"), "is no condition"),
    ((*SEARCH, "query", "none", "x", "--in", "pairs.tsv"), "and --in 'pairs.tsv' were given"),
    ((*SEARCH, "query", "none", "x", "--query-language", "de"), "add --recenter"),
    ((*SEARCH, "delete", "none", "--ids", "1"), "'none' holds no index"),
    ((*CLUSTER, "--out", "o", "--method", "kmeans"), "add --k 20"),
    ((*CLUSTER, "--out", "."), "is a folder"),
    (("map", "--model", MODEL, "--in", "pairs.tsv", "--out", "o.csv"), "expected .parquet"),
    (("similarity", "--model", MODEL, "--in", "pairs.tsv", "--plot", "o.gif"), ".png or .svg"),
    (("reproduce", "tabel1", "--out", "o"), "did you mean 'table1'?"),
    (("reproduce", "table1", "--out", "o", "--task", "sts:de-de=no"), "no file 'no'"),
]
SCRIPT = """
import json, sys
from isogloss.cli.app import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["isogloss", *words]
    assert main() == 2, words
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"torch", "transformers", "sentence_transformers", "datasets"}, words
"""


def test_a_mistake_in_an_argument_is_told_before_torch_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("A cat sleeps.\tEine Katze.\n", encoding="utf-8")
    (tmp_path / "recipe.toml").write_text('pairs = ["en-de=gone.tsv"]\n', encoding="utf-8")
    words = json.dumps([words for words, _ in MISTAKES])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, words],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    for (_, expected), line in zip(MISTAKES, lines, strict=True):
        assert expected in line, line
