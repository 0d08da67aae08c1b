"""Cluster: groups of texts that are close together, whatever their languages."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isogloss.console import Console, Silent
from isogloss.protocols import CLUSTERING, Encoder
from isogloss.recipes.documents import (
    Embedded,
    Place,
    check_place,
    check_recentering,
    embed_documents,
    read_documents,
    recentered,
)
from isogloss.recipes.files import check_file
from isogloss.recipes.models import open_model
from isogloss.search.clustering import (
    NO_CLUSTER,
    Cluster,
    ClusterSettings,
    check_k,
    check_settings,
    describe_clusters,
    find_communities,
    kmeans,
)
from isogloss.search.index import Document
from isogloss.writing import write_whole

COLUMNS = ("cluster", "id", "language", "text")


@dataclass(frozen=True, eq=False)
class Clusters:
    """Texts in groups.

    Attributes:
        documents: all texts, in the order of their file.
        clusters: the groups, the largest first.
    """

    documents: list[Document]
    clusters: list[Cluster]

    @property
    def alone(self) -> list[int]:
        """Rows of the texts that are in no group."""
        inside = {row for cluster in self.clusters for row in cluster.members.tolist()}
        return [row for row in range(len(self.documents)) if row not in inside]

    def to_dict(self) -> dict[str, Any]:
        """A summary, for JSON."""
        clusters = [
            {
                "cluster": cluster.number,
                "size": len(cluster.members),
                "languages": dict(cluster.languages),
                "cohesion": round(cluster.cohesion, 4),
                "center": self.documents[cluster.members[0]].text,
                "center_id": self.documents[cluster.members[0]].id,
            }
            for cluster in self.clusters
        ]
        return {
            "texts": len(self.documents),
            "in_no_cluster": len(self.alone),
            "clusters": clusters,
        }


def cluster(
    model: Encoder | Path | str,
    source: Path | str | Place,
    out: Path | str | None = None,
    *,
    settings: ClusterSettings | None = None,
    console: Console | None = None,
) -> Clusters:
    """Group the texts of a file.

    Args:
        model: folder or name of a model, or one that is loaded.
        source: the file.
        out: TSV with the columns cluster, id, language, text: every text of the file, groups by
            size and the most central text of each first, then those in no group (-1). None writes
            none.
        settings: how texts are grouped; None takes communities.
        console: told about stages; None is silent.

    Raises:
        InputError: a setting cannot be used, the model gives no finite vectors.
        OutputFolderError: `out` cannot be written.
        IsoglossError: see `isogloss.data.texts.read_texts` and `load_encoder`.
    """
    settings = settings or ClusterSettings()
    check_settings(settings)
    place = source if isinstance(source, Place) else Place(source)
    check_place(place)
    path = None if out is None else check_file(out, read=[place.path])
    console = console or Silent()
    documents = list(read_documents(place))
    if settings.k is not None:
        check_k(settings.k, len(documents))
    if settings.recenter:
        check_recentering(documents)
    encoder = open_model(model, console)
    embedded = embed_documents(encoder, documents, role=CLUSTERING, console=console)
    if settings.recenter:
        embedded = recentered(embedded)
    found = Clusters(embedded.documents, _grouped(embedded, settings, console))
    if path is not None:
        write_whole(path, _tsv(found))
    return found


def _grouped(embedded: Embedded, settings: ClusterSettings, console: Console) -> list[Cluster]:
    vectors = embedded.vectors
    with console.stage("clustering", 2 * len(vectors)) as advance:
        if settings.method == "kmeans":
            assert settings.k is not None
            groups = kmeans(vectors, settings.k, seed=settings.seed or 0)
        else:
            threshold, least = settings.bounds
            groups = find_communities(vectors, threshold=threshold, least=least, progress=advance)
    languages = [document.language for document in embedded.documents]
    return describe_clusters(groups, vectors, languages)


def _tsv(found: Clusters) -> str:
    rows = [(c.number, row) for c in found.clusters for row in c.members.tolist()]
    rows += [(NO_CLUSTER, row) for row in found.alone]
    lines = ["\t".join(COLUMNS)]
    for number, row in rows:
        document = found.documents[row]
        cells = (str(number), document.id, document.language, document.text)
        lines.append("\t".join(re.sub(r"[\t\r\n]+", " ", cell) for cell in cells))
    return "\n".join(lines) + "\n"
