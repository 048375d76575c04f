"""What is on disk after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from jpadse_core import JpadseError
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.identity import code_digest
from jpadse_plugin_evaluate.journal import Journal, Record


def record(key: str, **evidence: float) -> Record:
    return Record(
        key, 5, 100, {"payload": 100}, 0.1, {"": 0.2}, {"": {name: {name: v} for name, v in evidence.items()}}
    )


def test_what_was_added_is_there_when_opened_again(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add(record("a", psnr=30.5))
        journal.add(Record("b", unreachable="too small"))
    with Journal(tmp_path) as journal:
        assert journal.records == {"a": record("a", psnr=30.5), "b": Record("b", unreachable="too small")}


def test_a_line_that_a_kill_cut_is_dropped_and_the_next_one_is_whole(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add(record("a", psnr=30.5))
        journal.add(record("b", psnr=31.5))
    path = tmp_path / "measurements.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    with Journal(tmp_path) as journal:
        assert set(journal.records) == {"a"}
        journal.add(record("c", psnr=32.5))
    with Journal(tmp_path) as journal:
        assert set(journal.records) == {"a", "c"}


def test_a_damaged_line_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "measurements.jsonl").write_text('{"key": "a"\n{"key": "b"}\n')
    with pytest.raises(JpadseError, match=r"measurements\.jsonl: line 1"):
        Journal(tmp_path)


def test_a_measure_that_is_taken_later_joins_those_that_are_there(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add(record("a", psnr=30.5))
        assert journal.records["a"].lacks("", "ssim")
        journal.add(record("a", ssim=0.9))
        assert not journal.records["a"].lacks("", "ssim")
        assert not journal.records["a"].lacks("", "psnr")
        assert journal.records["a"].lacks("perception", "psnr")


def test_two_evaluations_do_not_write_one_journal(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Journal(tmp_path), pytest.raises(JpadseError, match="another evaluation"):
        Journal(tmp_path)


def test_code_that_changed_under_the_same_version_is_measured_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "strange_codec"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "codec.py").write_text("STEP = 8\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = fresh_code_digest("strange_codec")
    assert before == fresh_code_digest("strange_codec")
    (package / "codec.py").write_text("STEP = 9\n")
    assert fresh_code_digest("strange_codec") != before


def fresh_code_digest(package: str) -> str:
    """As a new process finds it."""
    code_digest.cache_clear()
    file_digest.cache_clear()
    return code_digest(package)
