"""What the log says of the processor."""

from amnat.training import cpu

import pytest

MANY = 5_000_000


@pytest.fixture
def cpu_info(tmp_path, monkeypatch):
    def write(text):
        path = tmp_path / "cpuinfo"
        path.write_text(text)
        monkeypatch.setattr(cpu, "_CPU_INFO", path)
        cpu.multiplies_bfloat16.cache_clear()

    yield write
    cpu.multiplies_bfloat16.cache_clear()


def test_bfloat16(cpu_info):
    cpu_info("model name\t: a processor\nflags\t\t: fpu amx_bf16 amx_tile\n")
    assert "--mixed_precision=bfloat16" in cpu.precision_note(MANY, False, "none")
    assert not cpu.precision_note(100, False, "none")
    assert not cpu.precision_note(MANY, True, "none")
    assert not cpu.precision_note(MANY, False, "bfloat16")


@pytest.mark.parametrize("text", ["flags\t\t: fpu avx512_bf16\n", "model name : amx_bf16\n", ""])
def test_without_units(cpu_info, text):
    cpu_info(text)
    assert not cpu.precision_note(MANY, False, "none")


def test_where_nothing_tells(monkeypatch, tmp_path, cpu_info):
    cpu_info("")
    monkeypatch.setattr(cpu, "_CPU_INFO", tmp_path / "none")
    cpu.multiplies_bfloat16.cache_clear()
    assert not cpu.multiplies_bfloat16()
