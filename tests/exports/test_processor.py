"""What a processor tells of itself."""

from pathlib import Path

from isogloss.exports.processor import processor_flags


def test_flags_are_those_that_decide_integer_products(tmp_path: Path) -> None:
    source = tmp_path / "cpuinfo"
    source.write_text("processor : 0\nflags\t\t: fpu sse2 avx2 avx512f avx512_vnni\n", "utf-8")
    assert processor_flags(source)[1:] == ["avx2", "avx512f", "avx512_vnni"]
    source.write_text("Features\t: fp asimd asimddp i8mm\n", "utf-8")
    assert processor_flags(source)[1:] == ["asimddp", "i8mm"]


def test_a_system_that_does_not_tell_gives_the_kind_alone(tmp_path: Path) -> None:
    assert len(processor_flags(tmp_path / "none")) == 1
