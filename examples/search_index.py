"""Keep texts in an index: find them, choose among them, add to them, delete from them.

python examples/search_index.py runs/quickstart news.index
python examples/search_index.py runs/quickstart news.index --engine lancedb
"""

import argparse

import isogloss
from isogloss.search.index import Index, parse_condition

TEXTS = (
    ("en", 2023, "The museum opens at nine and is closed on Mondays."),
    ("de", 2024, "Der Zug nach Hamburg fährt heute von Gleis sieben."),
    ("es", 2024, "La sopa lleva tomate, ajo y un poco de pan duro."),
    ("de", 2025, "Die Bäckerei an der Ecke verkauft frische Brötchen."),
    ("en", 2025, "Please water the plants while we are away."),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder of a trained student")
    parser.add_argument("index", help="folder for the index; new or empty")
    parser.add_argument("--engine", default="exact", help="exact or lancedb")
    arguments = parser.parse_args()

    documents = [
        isogloss.Document(text, id=f"text-{number}", language=language, fields={"year": year})
        for number, (language, year, text) in enumerate(TEXTS)
    ]
    index = isogloss.build_index(
        arguments.model, documents, arguments.index, engine=arguments.engine
    )
    show("all", index, [])
    show("German, from 2025", index, ["language=de", "year>=2025"])

    index.add([isogloss.Document("El museo cierra los lunes.", language="es")])
    index.delete(["text-0"])
    reopened = isogloss.open_index(arguments.index)
    show("after a change", reopened, [])


def show(title: str, index: Index, conditions: list[str]) -> None:
    where = [parse_condition(condition) for condition in conditions]
    (hits,) = index.search(["When is the museum closed?"], k=2, where=where)
    print(f"{title}, {len(index)} texts")
    for hit in hits:
        print(f"  {hit.score:.3f}  {hit.id}  {hit.language}  {hit.fields['year']}  {hit.text}")


if __name__ == "__main__":
    main()
