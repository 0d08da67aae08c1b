"""What trimming a large multilingual vocabulary to two languages saves, and what it changes.

The model has the shape of XLM-R: a Unigram tokenizer of 250,000 pieces, learned here from all pairs
given, and a body of twelve layers of 768 with random weights, so that no download is needed. Random
weights are the harder test: nothing in them smooths over another cut.

How to run (learning 250,000 pieces takes minutes):

    python benchmarks/trimming.py --keep en,de --pairs en-de=en-de.tsv.gz --pairs en-ja=en-ja.tsv.gz

The text of the languages to keep is that of the pairs that have them; a twentieth of its lines is
held out, and compared before and after.
"""

import argparse
import datetime
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

from isogloss.data import ParallelSentences, load_parallel
from isogloss.recipes.trim import trim
from isogloss.runs.parts import TrimReport
from isogloss.runs.provenance import environment

HERE = Path(__file__).parent
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pairs", action="append", required=True, help="LANGS=WHERE; repeatable")
    parser.add_argument("--keep", default="en,de", help="languages to keep")
    parser.add_argument("--pieces", type=int, default=250_000)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=768)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def learn(parts: Sequence[ParallelSentences], pieces: int) -> Tokenizer:
    """A tokenizer as XLM-R has it, from both sides of all pairs."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
    )
    texts = (side for part in parts for side in (part.source, part.target))
    tokenizer.train_from_iterator((text for side in texts for text in side), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def build(tokenizer: Tokenizer, folder: Path, layers: int, hidden: int) -> None:
    """A Sentence Transformers folder with a random body."""
    torch.manual_seed(0)
    body = folder / "body"
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 64,
        intermediate_size=4 * hidden,
        max_position_embeddings=514,
        pad_token_id=1,
    )
    XLMRobertaModel(config).save_pretrained(body)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        model_max_length=512,
    )
    fast.save_pretrained(body)
    modules = [Transformer(str(body), max_seq_length=128), Pooling(hidden, "mean")]
    model = SentenceTransformer(modules=modules, device="cpu")
    model.save_pretrained(str(folder / "model"), create_model_card=False)


def kept_text(parts: Sequence[ParallelSentences], keep: Sequence[str]) -> Iterator[str]:
    """Sentences of the languages to keep."""
    for part in parts:
        if part.target_language in keep:
            yield from part.target
            if part.source_language in keep:
                yield from part.source


def main() -> None:
    """Learn, build, trim, print, write."""
    options = parse()
    keep = options.keep.split(",")
    parts = [load_parallel(place).sentences for place in options.pairs]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        start = time.perf_counter()
        tokenizer = learn(parts, options.pieces)
        learning = time.perf_counter() - start
        build(tokenizer, folder, options.layers, options.hidden)
        text = folder / "text.txt"
        text.write_text("\n".join(kept_text(parts, keep)), encoding="utf-8")
        by_script = trim(str(folder / "model"), folder / "script", languages=keep, texts=[text])
        by_text = trim(str(folder / "model"), folder / "text", texts=[text])
    lines = [
        f"# Trimming, {datetime.datetime.now(tz=datetime.UTC).date().isoformat()}",
        "",
        f"{tokenizer.get_vocab_size():,} pieces learned from {len(parts)} languages and English "
        f"({learning:.0f} s), {options.layers} layers of {options.hidden}, random weights; kept: "
        f"{', '.join(keep)}. {environment().machine}, {environment().processors} processors.",
        "",
        "| | pieces | MB | lines cut | alike, % | lines embedded | least cosine | mean cosine |",
        "|---|---|---|---|---|---|---|---|",
        row("before", by_script, after=False),
        row("`--languages`, scripts", by_script),
        row("`--text`, letters", by_text),
    ]
    page = "\n".join(lines) + "\n"
    print(page)
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    (options.out or HERE / "results" / f"trimming-{date}.md").write_text(page, encoding="utf-8")


def row(name: str, report: TrimReport, *, after: bool = True) -> str:
    """One line of the table."""
    if not after:
        size = report.bytes_before / 1e6
        return f"| {name} | {report.tokens_before:,} | {size:,.0f} | | | | | |"
    alike = 100 * (report.cut_alike or 0.0)
    return (
        f"| {name} | {report.tokens_after:,} | {report.bytes_after / 1e6:,.0f} | "
        f"{report.compared:,} | {alike:.2f} | {report.cosines:,} | {report.cosine_min:.6f} | "
        f"{report.cosine_mean:.6f} |"
    )


if __name__ == "__main__":
    main()
