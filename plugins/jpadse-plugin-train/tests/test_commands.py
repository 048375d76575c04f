"""The commands keep their contract: help, usage errors, and nothing heavy until they run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from jpadse_core.testing import CommandTests
from jpadse_plugin_train.commands import export, train


class TestTrain(CommandTests):
    component = train


class TestExport(CommandTests):
    component = export

    @pytest.mark.parametrize("name", ["weights.safetensors", "weights.onnx"])
    def test_what_is_no_weights_is_named(self, tmp_path: Path, name: str) -> None:
        weights = tmp_path / name
        weights.write_bytes(b"no weights")
        result = CliRunner().invoke(export, [str(weights), str(tmp_path / "target.onnx")])
        assert result.exit_code == 1
        assert name in result.stderr
        assert "give" in result.stderr
        assert sorted(tmp_path.iterdir()) == [weights]

    def test_a_folder_that_is_missing_is_named(self, tmp_path: Path) -> None:
        weights = tmp_path / "weights.safetensors"
        weights.touch()
        result = CliRunner().invoke(export, [str(weights), str(tmp_path / "nowhere" / "target.onnx")])
        assert result.exit_code == 1
        assert "make it first" in result.stderr


class TestSchema:
    def test_it_describes_every_setting(self) -> None:
        schema = json.loads(CliRunner().invoke(train, ["schema"]).stdout)
        assert {"stage", "codecs", "perception"} <= schema["properties"].keys()
        assert all(
            "description" in setting
            for setting in schema["$defs"]["PerceptionLoss"]["properties"].values()
            if "enum" not in setting
        )


class TestEnhancer:
    def test_it_wants_one_source_of_pictures(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(train, ["enhancer", "--run", str(tmp_path)])
        assert result.exit_code == 2
        assert "pictures" in result.stderr

    def test_a_setting_that_does_not_exist_is_named(self, tmp_path: Path) -> None:
        config = tmp_path / "run.yaml"
        config.write_text(f"pictures: {tmp_path}\nrun: {tmp_path}\nsteeps: 3\n")
        result = CliRunner().invoke(train, ["enhancer", "--config", str(config)])
        assert result.exit_code == 2
        assert "steeps" in result.stderr

    def test_a_folder_without_pictures_says_what_it_wants(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(train, ["enhancer", "--pictures", str(tmp_path), "--run", str(tmp_path / "run")])
        assert result.exit_code == 1
        assert "at least two pictures" in result.stderr

    def test_a_broken_picture_is_named(self, tmp_path: Path) -> None:
        for name in ("a.png", "b.png"):
            (tmp_path / name).write_bytes(b"no picture")
        result = CliRunner().invoke(train, ["enhancer", "--pictures", str(tmp_path), "--run", str(tmp_path / "run")])
        assert result.exit_code == 1
        assert "a.png" in result.stderr
        assert "take it out" in result.stderr
        assert not (tmp_path / "run").exists()
