"""Fetching from a server that makes one wait, or gives what is not to be trusted."""

import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from isogloss.corpora.sources.patience import UnreachableError, asked_wait
from isogloss.errors import DataFormatError, IsoglossError
from isogloss.recipes.data.fetch import fetch

from .test_fetch import PLACE


def test_a_server_is_waited_for_as_long_as_it_asks(
    opus: Any, tmp_path: Path, waits: list[float]
) -> None:
    opus.faults = [(429, {"Retry-After": "7"}), 503, 500]
    fetch([PLACE], tmp_path / "out")
    assert waits == [7.0, 2.0, 4.0]


def test_a_server_that_asks_for_an_hour_is_not_waited_for(opus: Any, tmp_path: Path) -> None:
    opus.faults = [(429, {"Retry-After": "3600"})]
    with pytest.raises(UnreachableError, match="asks to wait 3,600 s"):
        fetch([PLACE], tmp_path / "out")


def test_a_wait_may_be_a_date() -> None:
    assert asked_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert asked_wait("Wed, 21 Oct 2099 07:28:00 GMT") > 1e9
    assert asked_wait("soon") == asked_wait(None) == 0


def test_a_redirect_loop_is_told_in_a_line(opus: Any, tmp_path: Path) -> None:
    opus.faults = [(302, {"Location": f"{opus.url}/x.zip"})] * 30
    with pytest.raises(UnreachableError, match="refused") as told:
        fetch([PLACE], tmp_path / "out")
    assert "\n" not in str(told.value)


def test_a_redirect_to_a_file_of_this_machine_is_refused(opus: Any, tmp_path: Path) -> None:
    opus.faults = [(302, {"Location": "file:///etc/passwd"})]
    with pytest.raises(UnreachableError, match="refused"):
        fetch([PLACE], tmp_path / "out")


def test_another_size_than_announced_is_refused(opus: Any, tmp_path: Path) -> None:
    opus.kilobytes = 5_000
    with pytest.raises(DataFormatError, match="expected 5,120,000, as announced"):
        fetch([PLACE], tmp_path / "out")
    assert not list((tmp_path / "cache").rglob("*.zip"))


@pytest.mark.parametrize(
    ("name", "fault"),
    [("../../evil.en", "leads out"), ("/etc/x.en", "leads out"), ("c:\\x.en", "leads out")],
)
def test_a_name_that_leads_out_of_the_archive_is_refused(
    name: str, fault: str, opus: Any, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    opus.content = pack({name: "Hello.", "T.uk": "Привіт."})
    with pytest.raises(DataFormatError, match=fault):
        fetch([PLACE], tmp_path / "out")
    assert not list((tmp_path / "cache").rglob("*.zip"))


def test_a_link_in_an_archive_is_refused(opus: Any, tmp_path: Path) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("T.en")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("T.uk", "Привіт.")
    opus.content = stream.getvalue()
    with pytest.raises(DataFormatError, match="a link"):
        fetch([PLACE], tmp_path / "out")


def test_a_zip_bomb_is_refused_unopened(opus: Any, tmp_path: Path) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("T.en", "0" * 3_000_000)
        archive.writestr("T.uk", "Привіт.")
    opus.content = stream.getvalue()
    with pytest.raises(DataFormatError, match="would grow"):
        fetch([PLACE], tmp_path / "out")


def test_a_bomb_that_lies_about_its_size_is_refused_where_it_exceeds_it(
    opus: Any, tmp_path: Path
) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("T.uk", "Привіт.")
        archive.writestr("T.en", "0" * 3_000_000)
    size = (3_000_000).to_bytes(4, "little")
    assert stream.getvalue().count(size) == 2  # beside the file, and in the archive's directory
    opus.content = stream.getvalue().replace(size, (7).to_bytes(4, "little"))
    with pytest.raises(DataFormatError, match="no sound zip archive"):
        fetch([PLACE], tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.gz"))


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_archive_is_refused(content: bytes, opus: Any, tmp_path: Path) -> None:
    opus.content = content
    with pytest.raises(DataFormatError, match="no sound zip archive"):
        fetch([PLACE], tmp_path / "out")
    assert not list((tmp_path / "cache").rglob("*.zip"))


def test_every_refusal_is_one_line(opus: Any, tmp_path: Path) -> None:
    for fault in (401, 403, 404, 418, 500, (302, {}), (302, {"Location": "gopher://x/y.zip"})):
        opus.faults = [fault] * 10
        with pytest.raises(IsoglossError) as told:
            fetch([PLACE], tmp_path / "out")
        assert "\n" not in str(told.value)
