"""The parts of the record of an export."""

from isogloss.runs.descriptions import ModelDescription, Part


class Fidelity(Part):
    """How near the vectors of a graph are to those of its model, in one language."""

    language: str = ""
    """BCP 47."""
    sentences: int = 0
    """How many were compared; none of them was calibrated on."""
    mean: float = 0.0
    """Mean cosine, each sentence read alone."""
    low: float = 0.0
    """First percentile of these cosines."""
    least: float = 0.0
    """Least of them."""
    mixed_mean: float = 0.0
    """Mean cosine in batches of all languages that a long sentence pads."""
    mixed_low: float = 0.0
    """First percentile of these."""
    alone_mixed: float = 0.0
    """Mean cosine of a sentence alone and the same sentence in such a batch."""


class Attempt(Part):
    """A graph that was made and measured."""

    name: str = ""
    """How it was made."""
    bytes: int = 0
    """Its size."""
    seconds_to_make: float | None = None
    """How long that took."""
    fidelity: list[Fidelity] = []
    """By language."""
    refused: list[str] = []
    """What it fell short of; empty for one that is good."""
    file: str = ""
    """Where it lies in the folder; empty for one that was not kept."""


class Speed(Part):
    """Sentences per second of several forms of a model, measured in turn in one process."""

    sentences: int = 0
    """How many were encoded in a turn."""
    threads: int = 0
    """Threads of each form."""
    rates: dict[str, float] = {}
    """Sentences per second in the best turn, by form; `sentence-transformers` is the model as that
    library encodes it."""


class ExportFacts(Part):
    """What an export made of a model."""

    model: ModelDescription = ModelDescription()
    """The model it was made of."""
    languages: list[str] = []
    """Languages of that model, as far as its own record tells."""
    format: str = ""
    """onnx, static or web."""
    quantize: str = ""
    """none or int8."""
    texts: str = ""
    """Where the sentences come from that were measured and calibrated on."""
    attempts: list[Attempt] = []
    """Every form that was made, refused ones too."""
    speed: Speed = Speed()
    """How fast the forms are."""
    processor: list[str] = []
    """Kind of processor and its instruction sets, on which all this was measured."""
    files: dict[str, int] = {}
    """Bytes of the files, by name."""
