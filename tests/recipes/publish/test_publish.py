"""Publishing: what goes to the hub and what stays, against a stand-in on loopback."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import SpaceCard, constants
from sentence_transformers import SentenceTransformer

from isogloss.errors import InputError, PublishError
from isogloss.recipes.publish.plan import plan_publication
from isogloss.recipes.publish.run import publish

from .hub import TOKEN, Hub, serving


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


@pytest.fixture(scope="module")
def written(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that somebody else made: weights, and a card by hand."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    shutil.copytree(tiny_teacher, folder)
    (folder / "README.md").write_text("---\nlanguage: en\n---\n# Tiny\n", encoding="utf-8")
    return folder


@pytest.fixture
def ours(written: Path, tmp_path: Path) -> Path:
    """The same as a run of ours leaves it."""
    folder = tmp_path / "de"
    shutil.copytree(written, folder)
    place = "/home/ada/secret/en-de.tsv"
    record = {
        "command": "distill",
        "schema_version": 1,
        "data": [{"where": place, "languages": "en-de"}],
        "alarms": ["the space has collapsed"],
        "student": {"kind": "transplant", "fingerprint": "of other files"},
    }
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "scores.json").write_text("[]", encoding="utf-8")
    for name in ("report.md", "report.html", "items.npz", ".DS_Store"):
        (folder / name).write_text(place, encoding="utf-8")
    for name in ("plots", "work", "rejects"):
        (folder / name).mkdir()
        (folder / name / "en-de.tsv").write_text(place, encoding="utf-8")
    return folder


def test_what_names_places_of_this_machine_stays_here(ours: Path) -> None:
    plan = plan_publication(str(ours), repository="ada/de", license="apache-2.0")
    names = {file.path for file in plan.files}
    assert {"README.md", "model.safetensors", "modules.json", "1_Pooling/config.json"} <= names
    assert "scores.json" in names
    assert not {n for n in names if n.startswith((".", "run", "report", "items", "plots", "work"))}
    assert "/home/ada" not in plan.card
    assert 'SentenceTransformer("ada/de")' in plan.card
    assert "license: apache-2.0" in plan.card
    sizes = {f.path: f.source.stat().st_size for f in plan.files if f.source}
    assert plan.size == sum(sizes.values()) + len(plan.card.encode())


def test_a_plan_says_what_speaks_against_it(ours: Path) -> None:
    said = "\n".join(plan_publication(str(ours)).warnings)
    assert "not those that the run left" in said
    assert "collapsed" in said
    assert "no license" in said


@pytest.mark.parametrize("name", ["a/b/c", "de", "a/b c", "ä/b", "/b"])
def test_a_name_that_the_hub_does_not_take_is_refused_before_it_is_asked(
    written: Path, name: str
) -> None:
    with pytest.raises(InputError, match="OWNER/NAME"):
        publish(str(written), repository=name)


def test_a_published_model_loads_with_the_same_vectors(
    hub: Hub, written: Path, tmp_path: Path
) -> None:
    done = publish(str(written))
    assert done.url == f"{hub.url}/ada/tiny"
    assert hub.repositories == {"ada/tiny": True}
    for name, content in hub.files["ada/tiny"].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    before, after = (SentenceTransformer(str(folder)) for folder in (written, tmp_path))
    assert (before.encode(["A cat."]) == after.encode(["A cat."])).all()


def test_the_card_names_the_repository_that_it_lands_in(hub: Hub, ours: Path) -> None:
    publish(str(ours))
    assert 'SentenceTransformer("ada/de")' in hub.files["ada/de"]["README.md"].decode()


def test_a_space_is_a_repository_of_its_own_that_serves_the_published_model(
    hub: Hub, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import inspect

    import isogloss
    from isogloss.server.serve import serve

    done = publish(str(written), space=True)
    assert done.space_url == f"{hub.url}/spaces/ada/tiny"
    assert hub.repositories == {"ada/tiny": True, "spaces/ada/tiny": True}
    files = {name: text.decode() for name, text in hub.files["spaces/ada/tiny"].items()}
    assert files == done.plan.space
    card = SpaceCard(files["README.md"]).data
    assert (card.sdk, card.app_file, card.models) == ("gradio", "app.py", ["ada/tiny"])
    assert f"isogloss[playground]=={isogloss.__version__}" in files["requirements.txt"].split()
    asked: list[inspect.BoundArguments] = []
    form = inspect.signature(serve)
    monkeypatch.setattr(isogloss, "serve", lambda *a, **b: asked.append(form.bind(*a, **b)))
    exec(compile(files["app.py"], "app.py", "exec"), {})
    [given] = asked
    assert given.arguments["model"] == "ada/tiny"
    assert (given.arguments["playground"], given.arguments["port"]) == (True, 7860)


def test_a_plan_without_a_space_has_no_file_of_one(written: Path) -> None:
    assert plan_publication(str(written), repository="ada/de").to_dict()["space"] == {}
    told = plan_publication(str(written), repository="ada/de", space=True).to_dict()["space"]
    assert set(told) == {"README.md", "app.py", "requirements.txt"}
    assert all("ada/de" in text for name, text in told.items() if name != "requirements.txt")


def test_an_upload_that_was_cut_off_sends_no_large_file_twice(hub: Hub, written: Path) -> None:
    hub.refuse["/commit/main"] = 500
    with pytest.raises(PublishError, match=r"status 500.*not sent twice"):
        publish(str(written))
    assert hub.uploads
    before = list(hub.uploads)
    publish(str(written))
    assert hub.uploads == before
    assert "model.safetensors" in hub.files["ada/tiny"]


def test_a_repository_that_is_there_keeps_its_visibility(hub: Hub, written: Path) -> None:
    hub.repositories["lab/tiny"] = False
    publish(str(written), repository="lab/tiny", private=True)
    assert hub.repositories == {"lab/tiny": False}


@pytest.mark.parametrize(
    ("part", "status", "way_out"),
    [
        ("/api/repos", 403, "another token"),
        ("whoami", 401, "hf auth login"),
        ("preupload", 404, "check --repo"),
    ],
)
def test_a_refusal_is_one_line_with_the_way_out(
    hub: Hub, written: Path, part: str, status: int, way_out: str
) -> None:
    hub.refuse[part] = status
    with pytest.raises(PublishError, match=way_out) as caught:
        publish(str(written))
    assert TOKEN not in str(caught.value)
    assert not hub.files


def test_a_card_that_the_hub_refuses_is_refused_before_anything_is_made(
    hub: Hub, written: Path
) -> None:
    hub.bad_card = '{"error": "license must be one of ..."}'
    with pytest.raises(InputError, match="license must be one of"):
        publish(str(written))
    assert not hub.repositories


def test_without_a_token_or_a_network_a_line_says_so(
    hub: Hub, written: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(InputError, match="HF_TOKEN"):
        publish(str(written))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PublishError, match="cannot be reached"):
        publish(str(written))


def test_a_folder_without_a_card_or_a_run_is_refused(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written, tmp_path / "bare")
    (tmp_path / "bare" / "README.md").unlink()
    with pytest.raises(InputError, match=r"has no run\.json and no README\.md"):
        plan_publication(str(tmp_path / "bare"))
    (tmp_path / "bare" / "run.json").write_text('{"command": "export", "schema_version": 1}')
    with pytest.raises(InputError, match=r"has the run\.json of `isogloss export` and no"):
        plan_publication(str(tmp_path / "bare"))


def test_a_dry_run_prints_files_and_card_and_asks_nobody(
    ours: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from isogloss.cli.app import main

    def run(*words: str) -> Any:
        monkeypatch.setattr("sys.argv", ["isogloss", *words])
        assert main() == 0
        return capfd.readouterr()

    out, err = run("publish", "--model", str(ours), "--dry-run")
    assert "repository  (your account)/de" in out
    assert 'SentenceTransformer("(your account)/de")' in out
    assert "model.safetensors" in out
    assert "note: no license" in err
    told = json.loads(run("publish", "--model", str(ours), "--dry-run", "--json").out)
    assert told["private"] is True
    assert told["bytes"] == sum(file["size"] for file in told["files"])


def test_a_card_is_written_anew_under_its_name(
    ours: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from isogloss.cli.app import main

    words = ["card", "--model", str(ours), "--name", "ada/de", "--license", "mit"]
    monkeypatch.setattr("sys.argv", ["isogloss", *words, "--dry-run"])
    assert main() == 0
    shown = capfd.readouterr().out
    assert "# Tiny" in (ours / "README.md").read_text("utf-8")
    monkeypatch.setattr("sys.argv", ["isogloss", *words])
    assert main() == 0
    card = (ours / "README.md").read_text("utf-8")
    assert card.strip() == shown.strip()
    assert "license: mit" in card
