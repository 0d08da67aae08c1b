"""Search sentences of several languages with a question in any of them.

python examples/cross_lingual_search.py runs/quickstart
python examples/cross_lingual_search.py runs/quickstart "Коли відкривається музей?"
"""

import argparse

import isogloss

SENTENCES = (
    "The museum opens at nine and is closed on Mondays.",
    "Der Zug nach Hamburg fährt heute von Gleis sieben.",
    "La sopa lleva tomate, ajo y un poco de pan duro.",
    "Завтра в Карпатах очікують сильний сніг.",
    "Please water the plants while we are away.",
    "Die Bäckerei an der Ecke verkauft frische Brötchen.",
    "El médico dijo que la herida no es grave.",
    "Діти будують замок із піску на березі.",
)
QUESTIONS = (
    "What will the weather be like?",
    "Wie kocht man diese Suppe?",
    "¿Dónde puedo comprar pan?",
    "Коли відкривається музей?",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder of a trained student")
    parser.add_argument("questions", nargs="*", default=QUESTIONS)
    parser.add_argument("--k", type=int, default=2, help="how many sentences to show")
    arguments = parser.parse_args()

    model = isogloss.load(arguments.model)
    index = model.encode(SENTENCES)
    found = isogloss.nearest(model.encode(arguments.questions), index, k=arguments.k)
    for question, rows, cosines in zip(arguments.questions, *found, strict=True):
        print(question)
        for row, cosine in zip(rows, cosines, strict=True):
            print(f"  {cosine:.3f}  {SENTENCES[row]}")


if __name__ == "__main__":
    main()
