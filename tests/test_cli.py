"""The command line: what it writes, what it says, and how it ends."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from conftest import TOYS, Finished, Site
from PIL import Image

from jpadse_core import Encoded, RgbImage
from jpadse_core.distortion import psnr

Run = Callable[..., Finished]
TOY = ("--semantics", "toy-bands", "--enhancer", "toy-blur")


def strict_json(text: bytes) -> object:
    """JSON as RFC 8259 has it: no NaN, no Infinity, nothing around it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def read(source: Path | bytes) -> RgbImage:
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        return np.array(image.convert("RGB"))


@pytest.fixture
def photo(tmp_path: Path, coffee: RgbImage) -> Path:
    path = tmp_path / "coffee.png"
    Image.fromarray(coffee).save(path)
    return path


@pytest.fixture
def photo_se(tmp_path: Path, jpeg_se: Encoded) -> Path:
    path = tmp_path / "coffee-se.jpg"
    path.write_bytes(jpeg_se)
    return path


@pytest.mark.usefixtures("toys_installed")
class TestEncodeAndDecode:
    """With the toy components installed as a stranger's plugin."""

    def test_encode_writes_what_the_pipeline_makes(
        self, jpadse: Run, photo: Path, tmp_path: Path, jpeg_se: Encoded
    ) -> None:
        target = tmp_path / "out.jpg"
        finished = jpadse("encode", photo, "-o", target, *TOY, "-q", "10")
        assert finished.code == 0
        assert finished.out == b""
        assert np.array_equal(read(target), read(bytes(jpeg_se)))
        assert f"{target}: " in finished.err
        assert "PSNR" in finished.err

    def test_a_picture_survives_the_round_trip(
        self, jpadse: Run, photo: Path, tmp_path: Path, coffee: RgbImage
    ) -> None:
        middle, plain, enhanced = tmp_path / "m.jpg", tmp_path / "plain.png", tmp_path / "enhanced.png"
        assert jpadse("encode", photo, "-o", middle, *TOY, "-q", "10").code == 0
        assert jpadse("decode", middle, "-o", plain, "--no-enhance").code == 0
        assert jpadse("decode", middle, "-o", enhanced).code == 0
        assert np.array_equal(read(plain), read(middle))
        assert psnr(coffee, read(enhanced)) > psnr(coffee, read(plain))

    def test_dashes_stand_for_standard_input_and_output(self, jpadse: Run, photo: Path, coffee: RgbImage) -> None:
        encoded = jpadse("encode", "-", "-o", "-", *TOY, stdin=photo.read_bytes())
        assert encoded.code == 0
        assert encoded.out[:3] == b"\xff\xd8\xff"
        decoded = jpadse("decode", "-", "-o", "-", stdin=encoded.out)
        assert decoded.code == 0
        assert read(decoded.out).shape == coffee.shape

    def test_json_is_pure_on_stdout(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        target = tmp_path / "out.jpg"
        told = strict_json(jpadse("encode", photo, "-o", target, "--json", *TOY).out)
        assert isinstance(told, dict)
        assert told["bytes"] == target.stat().st_size == sum(told["sections"].values())
        picture = strict_json(jpadse("decode", target, "-o", tmp_path / "out.png", "--json").out)
        assert isinstance(picture, dict)
        assert (picture["width"], picture["height"], picture["enhanced"]) == (131, 99, True)

    def test_json_of_a_lossless_file_is_json_too(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        finished = jpadse("encode", photo, "-o", tmp_path / "out.png", "--codec", "png", "--json", *TOY)
        assert finished.code == 0
        strict_json(finished.out)

    def test_a_lost_enhancement_is_a_warning_on_stderr_and_not_called_enhanced(
        self, jpadse: Run, photo_se: Path, tmp_path: Path
    ) -> None:
        damaged = bytearray(photo_se.read_bytes())
        damaged[damaged.index(b"JPSE\0") + 12] ^= 0xFF
        photo_se.write_bytes(damaged)
        finished = jpadse("decode", photo_se, "-o", tmp_path / "out.png", "--json")
        assert finished.code == 0
        assert f"warning: {photo_se}: the picture is not enhanced" in finished.err
        told = strict_json(finished.out)
        assert isinstance(told, dict)
        assert told["enhanced"] is False

    @pytest.mark.parametrize("preference", ["perception", "accuracy", "distortion", "0.2,0.3,0.5", "1,0,0"])
    def test_a_preference_is_a_corner_or_three_shares(
        self, jpadse: Run, photo_se: Path, tmp_path: Path, preference: str
    ) -> None:
        assert jpadse("decode", photo_se, "-o", tmp_path / "out.png", "--prefer", preference).code == 0

    @pytest.mark.parametrize("preference", ["beauty", "1,1,1", "1,0", "a,b,c"])
    def test_another_preference_is_wrong_usage(self, jpadse: Run, photo_se: Path, preference: str) -> None:
        finished = jpadse("decode", photo_se, "-o", "-", "--prefer", preference)
        assert finished.code == 2
        assert "--prefer" in finished.err

    def test_options_reach_the_codec_and_wrong_ones_are_told(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        target = tmp_path / "out.jpg"
        options = ("--option", "subsampling=4:4:4", "--option", "progressive=true")
        assert jpadse("encode", photo, "-o", target, *options, *TOY).code == 0
        with Image.open(target) as image:
            assert image.info.get("progressive")
        for wrong in ("sampling=1", "quality=1000", "nonsense"):
            finished = jpadse("encode", photo, "-o", target, "--option", wrong, *TOY)
            assert finished.code == 1
            assert finished.err.startswith("error: ")

    def test_a_target_decides_on_the_quality(self, jpadse: Run, photo: Path, tmp_path: Path, coffee: RgbImage) -> None:
        target = tmp_path / "out.jpg"
        told = strict_json(jpadse("encode", photo, "-o", target, *TOY, "--target-size", 4000, "--json").out)
        assert isinstance(told, dict)
        assert 3600 < told["bytes"] <= 4000
        assert told["options"]["quality"] > 1
        assert jpadse("encode", photo, "-o", target, *TOY, "--target-bpp", "2.0").code == 0
        assert 1.9 < target.stat().st_size * 8 / (131 * 99) <= 2
        assert jpadse("encode", photo, "-o", target, *TOY, "--target-ssimulacra2", "40").code == 0
        assert jpadse("encode", photo, "-o", target, *TOY, "--target-psnr", "30").code == 0
        assert jpadse("decode", target, "-o", tmp_path / "shown.png").code == 0
        assert 30 <= psnr(coffee, read(tmp_path / "shown.png")) < 30.4

    def test_a_target_that_cannot_be_met_is_one_line_and_writes_nothing(
        self, jpadse: Run, photo: Path, tmp_path: Path
    ) -> None:
        finished = jpadse("encode", photo, "-o", tmp_path / "out.jpg", *TOY, "--target-size", 50)
        assert (finished.code, finished.err.count("\n")) == (1, 1)
        assert f"error: {photo}: a size of 50 bytes cannot be met" in finished.err
        assert not (tmp_path / "out.jpg").exists()

    @pytest.mark.parametrize("other", [("-q", "10"), ("--target-bpp", "1")])
    def test_two_answers_to_the_question_of_quality_are_wrong_usage(
        self, jpadse: Run, photo: Path, other: tuple[str, str]
    ) -> None:
        finished = jpadse("encode", photo, "-o", "-", *TOY, "--target-size", "4000", *other)
        assert finished.code == 2
        assert "exclude each other" in finished.err

    @pytest.mark.parametrize("other", [("-q", "10"), ("--target-psnr", "30")])
    def test_so_is_the_quality_among_the_options(self, jpadse: Run, photo: Path, other: tuple[str, str]) -> None:
        finished = jpadse("encode", photo, "-o", "-", *TOY, "--option", "quality=5", *other)
        assert finished.code == 2
        assert "exclude each other" in finished.err

    def test_an_option_that_is_given_twice_is_refused(self, jpadse: Run, photo: Path) -> None:
        finished = jpadse("encode", photo, "-o", "-", *TOY, "--option", "quality=5", "--option", "quality=50")
        assert (finished.code, finished.err) == (1, "error: --option quality: is given twice\n")

    def test_a_target_in_a_circle_of_links_is_one_line(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        finished = jpadse("encode", photo, "-o", tmp_path / "loop", "--semantics", "none", "--enhancer", "none")
        assert (finished.code, finished.err.count("\n")) == (1, 1)
        assert f"error: {tmp_path / 'loop'}: cannot be written" in finished.err

    @pytest.mark.parametrize("idle", [("--prefer", "perception"), ("--semantics", "deeplab")])
    def test_what_only_enhancement_asks_for_is_refused_without_it(
        self, jpadse: Run, photo: Path, idle: tuple[str, str]
    ) -> None:
        finished = jpadse("decode", photo, "-o", "-", "--no-enhance", *idle)
        assert finished.code == 2
        assert f"--no-enhance and {idle[0]} exclude each other" in finished.err

    def test_components_can_be_left_out(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        target = tmp_path / "out.jpg"
        assert jpadse("encode", photo, "-o", target, "--semantics", "none", "--enhancer", "none").code == 0
        assert b"JPSE\0" not in target.read_bytes()

    def test_quiet_says_nothing_and_verbose_tells_the_sections(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        assert jpadse("--quiet", "encode", photo, "-o", tmp_path / "out.jpg", *TOY).err == ""
        assert jpadse("encode", photo, "-o", tmp_path / "out.jpg", *TOY, "--quiet").err == ""
        assert "label_map" in jpadse("-v", "encode", photo, "-o", tmp_path / "out.jpg", *TOY).err

    def test_who_names_an_extractor_and_gets_no_map_is_told_why(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        encode = ("encode", photo, "-q", "10", "-o", tmp_path / "out.jpg")
        assert "map skipped" not in jpadse(*encode).err
        assert "map skipped: enhancer" in jpadse(*encode, "--semantics", "deeplab").err
        assert "map" not in jpadse(*encode, "--semantics", "deeplab", "--semantics-rate", "0").err

    def test_q_means_quality_and_nothing_else(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        finished = jpadse("-q", "encode", photo, "-o", tmp_path / "out.jpg", *TOY)
        assert finished.code == 2
        assert "-q" in finished.err
        assert jpadse("encode", photo, "-o", tmp_path / "out.jpg", *TOY, "-q", "5").code == 0

    def test_plugins_can_be_left_out(self, jpadse: Run, photo: Path, tmp_path: Path) -> None:
        finished = jpadse("--no-plugins", "encode", photo, "-o", tmp_path / "out.jpg", *TOY)
        assert finished.code == 1
        assert "left out by --no-plugins" in finished.err

    def test_alpha_and_orientation_survive_on_the_command_line(
        self, jpadse: Run, tmp_path: Path, coffee: RgbImage
    ) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        rgba = Image.fromarray(np.dstack([coffee, coffee[..., 0]]))
        rgba.save(tmp_path / "in.png", exif=exif.tobytes())
        assert jpadse("encode", tmp_path / "in.png", "-o", tmp_path / "m.jpg", *TOY).code == 0
        assert jpadse("decode", tmp_path / "m.jpg", "-o", tmp_path / "out.png").code == 0
        with Image.open(tmp_path / "out.png") as image:
            assert image.mode == "RGBA"
            assert np.array_equal(np.asarray(image)[..., 3], np.rot90(coffee[..., 0], -1))


class TestFailures:
    """Exit codes, one line, and nothing half-written."""

    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"", "is empty"), (b"no picture", "is not a picture"), (b"\x89PNG\r\n\x1a\n cut", "notes.png: ")],
        ids=["empty", "foreign", "cut"],
    )
    def test_a_file_that_cannot_be_read_is_one_line_with_its_name_and_exit_1(
        self, jpadse: Run, tmp_path: Path, content: bytes, words: str
    ) -> None:
        source, target = tmp_path / "notes.png", tmp_path / "out.jpg"
        source.write_bytes(content)
        finished = jpadse("encode", source, "-o", target, "--semantics", "none", "--enhancer", "none")
        assert finished.code == 1
        assert finished.out == b""
        assert finished.err.startswith(f"error: {source}: ")
        assert words in finished.err
        assert finished.err.count("\n") == 1
        assert not target.exists()

    @pytest.mark.parametrize("command", ["encode", "decode", "info"])
    def test_an_absent_file_is_named_once(self, jpadse: Run, tmp_path: Path, command: str) -> None:
        absent = tmp_path / "absent.jpg"
        output = () if command == "info" else ("-o", tmp_path / "out.png")
        finished = jpadse(command, absent, *output)
        assert finished.code == 1
        assert finished.err.count(str(absent)) == 1
        assert "No such file" in finished.err

    @pytest.mark.parametrize("stage", ["stream", "decode"])
    def test_a_failed_decode_leaves_an_older_output_as_it_was(
        self, jpadse: Run, tmp_path: Path, jpeg_se: Encoded, stage: str
    ) -> None:
        source, target = tmp_path / "in.jpg", tmp_path / "out.png"
        source.write_bytes(jpeg_se[: 30 if stage == "stream" else len(jpeg_se) * 2 // 3])
        target.write_bytes(b"older")
        finished = jpadse("decode", source, "-o", target)
        assert finished.code == 1
        assert finished.err.startswith(f"error: {source}: ")
        assert target.read_bytes() == b"older"
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["in.jpg", "out.png"]

    def test_what_a_plain_file_says_and_no_picture_carries_is_told(
        self, jpadse: Run, tmp_path: Path, coffee: RgbImage
    ) -> None:
        Image.fromarray(coffee).save(tmp_path / "web.jpg", comment="by hand")
        finished = jpadse("decode", tmp_path / "web.jpg", "-o", tmp_path / "web.png", "--no-enhance")
        assert finished.code == 0
        assert f"warning: {tmp_path / 'web.jpg'}: comment not carried" in finished.err

    @pytest.mark.parametrize("output", ["absent-folder/out.jpg", "file.txt/out.jpg", ""])
    def test_an_output_that_cannot_be_written_is_one_line(
        self, jpadse: Run, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file.txt").write_text("in the way")
        finished = jpadse("encode", photo, "-o", output, "--semantics", "none", "--enhancer", "none")
        assert finished.code in (1, 2)
        assert finished.err.strip()
        assert "Traceback" not in finished.err
        assert list(tmp_path.glob("**/*.part")) == []

    def test_an_output_appears_whole_beside_the_older_one_and_then_takes_its_place(
        self, jpadse: Run, photo: Path, tmp_path: Path
    ) -> None:
        target, witness = tmp_path / "out.jpg", tmp_path / "witness"
        target.write_bytes(b"older")
        os.link(target, witness)
        assert jpadse("encode", photo, "-o", target, "--semantics", "none", "--enhancer", "none").code == 0
        assert witness.read_bytes() == b"older"

    def test_an_interruption_before_the_command_begins_is_one_line_too(
        self, jpadse: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(import_module("jpadse_core.cli.main"), "_give_memory_back", interrupted)
        finished = jpadse("list-plugins")
        assert (finished.code, finished.err) == (130, "aborted\n")

    def test_what_a_killed_process_of_the_same_number_left_is_not_in_the_way(
        self, jpadse: Run, photo: Path, tmp_path: Path
    ) -> None:
        left = tmp_path / f".jpadse.{os.getpid()}.part"
        left.write_bytes(b"half")
        plain = ("--semantics", "none", "--enhancer", "none")
        assert jpadse("encode", photo, "-o", tmp_path / "out.jpg", *plain).code == 0
        assert left.read_bytes() == b"half"

    def test_a_disk_that_fails_at_the_last_moment_leaves_the_older_output(
        self, jpadse: Run, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(self: Path, target: Path) -> Path:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        target = tmp_path / "out.jpg"
        target.write_bytes(b"older")
        finished = jpadse("encode", photo, "-o", target, "--semantics", "none", "--enhancer", "none")
        assert finished.code == 1
        assert finished.err == f"error: {target}: cannot be written: No space left on device\n"
        assert target.read_bytes() == b"older"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["coffee.png", "out.jpg"]

    def test_an_existing_output_is_replaced_and_has_usual_permissions(
        self, jpadse: Run, photo: Path, tmp_path: Path
    ) -> None:
        target, reference = tmp_path / "out.jpg", tmp_path / "reference"
        target.write_bytes(b"older")
        reference.write_bytes(b"")
        assert jpadse("encode", photo, "-o", target, "--semantics", "none", "--enhancer", "none").code == 0
        assert target.read_bytes()[:2] == b"\xff\xd8"
        assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(reference.stat().st_mode)

    @pytest.mark.parametrize(
        "arguments",
        [["encode"], ["encode", "x.png"], ["no-such-command"], ["--no-such-option"],
         ["decode", "x.jpg", "-o", "out.nonsense"], ["decode", "x.jpg", "-o", "-", "--json"]],
    )  # fmt: skip
    def test_wrong_usage_is_exit_2(self, jpadse: Run, arguments: list[str]) -> None:
        finished = jpadse(*arguments)
        assert finished.code == 2
        assert "Usage" in finished.err or "Error" in finished.err
        assert finished.out == b""

    def test_debug_gives_the_traceback(self, tmp_path: Path) -> None:
        (tmp_path / "notes.jpg").write_text("no picture")
        script = "import sys; from jpadse_core.cli.main import main; main(sys.argv[1:])"
        command = [sys.executable, "-c", script, "--debug", "info", str(tmp_path / "notes.jpg")]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 1
        assert "Traceback" in finished.stderr
        assert "BitstreamUnsupported" in finished.stderr

    def test_an_unknown_codec_says_what_is_installed(self, jpadse: Run, photo: Path) -> None:
        finished = jpadse("encode", photo, "-o", "-", "--codec", "jpg2")
        assert finished.code == 1
        assert 'error: codec "jpg2" is not installed (installed: ' in finished.err


class TestInfoAndListing:
    def test_info_tells_every_byte(self, jpadse: Run, photo_se: Path) -> None:
        told = strict_json(jpadse("info", photo_se, "--json").out)
        assert isinstance(told, dict)
        assert sum(section["bytes"] for section in told["sections"]) == told["size"] == photo_se.stat().st_size
        shown = jpadse("info", photo_se).out.decode()
        assert "toy-blur" in shown
        assert "label_map" in shown

    def test_info_reads_standard_input_and_marks_damage(self, jpadse: Run, jpeg_se: Encoded) -> None:
        damaged = bytearray(jpeg_se)
        damaged[jpeg_se.index(b"JPSE\0") + 20] ^= 0xFF
        finished = jpadse("info", "-", stdin=bytes(damaged))
        assert finished.code == 0
        assert b"DAMAGED" in finished.out

    def test_listing_is_a_table_or_json_and_can_be_narrowed(self, jpadse: Run, toys_installed: Site) -> None:
        rows = strict_json(jpadse("list-plugins", "--json").out)
        assert isinstance(rows, list)
        names = {(row["kind"], row["name"], row["status"]) for row in rows}
        assert {("codec", "jpeg", "ok"), ("codec", "toy", "ok"), ("enhancer", "toy-blur", "ok")} <= names
        table = jpadse("list-plugins", "--kind", "codec").out.decode().splitlines()
        assert len(table) == len([row for row in rows if row["kind"] == "codec"])
        assert any("toy" in line and "jpadse-plugin-toys 1.0" in line and "contract 1" in line for line in table)
        assert jpadse("list-plugins", "--kind", "colour").code == 2

    def test_checking_lists_the_broken_with_their_cause(self, jpadse: Run, site: Site) -> None:
        site.install("bad", {"jpadse.codecs": {"bad": "bad_codec:C"}}, {"bad_codec": "raise RuntimeError('bang')"})
        assert b"broken" not in jpadse("list-plugins").out
        checked = jpadse("list-plugins", "--check", "--json")
        rows = strict_json(checked.out)
        assert isinstance(rows, list)
        states = {row["name"]: row["status"] for row in rows if row["kind"] == "codec"}
        assert (states["bad"], states["jpeg"]) == ("broken", "ok")
        assert "RuntimeError: bang" in next(row["cause"] for row in rows if row["name"] == "bad")

    def test_strict_checking_fails(self, jpadse: Run, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.install("bad", {"jpadse.codecs": {"bad": "bad_codec:C"}}, {"bad_codec": "1/0"})
        monkeypatch.setenv("JPADSE_STRICT_PLUGINS", "1")
        finished = jpadse("list-plugins", "--check")
        assert finished.code == 1
        assert finished.err.startswith("error: ")

    def test_a_plugins_command_is_listed_and_runs(self, jpadse: Run, site: Site) -> None:
        source = "import click\n@click.command()\ndef wave():\n    click.echo('hello from outside')\n"
        site.install("waver", {"jpadse.commands": {"wave": "wave_command:wave"}}, {"wave_command": source})
        assert b"From waver." in jpadse("--help").out
        assert jpadse("wave").out == b"hello from outside\n"
        assert jpadse("--no-plugins", "wave").code == 2

    def test_a_broken_command_breaks_neither_help_nor_others(self, jpadse: Run, site: Site, photo_se: Path) -> None:
        site.install("waver", {"jpadse.commands": {"wave": "wave_command:wave"}}, {"wave_command": "1/0"})
        assert jpadse("--help").code == 0
        assert jpadse("info", photo_se).code == 0
        finished = jpadse("wave")
        assert finished.code == 1
        assert "ZeroDivisionError" in finished.err

    def test_help_names_every_command_and_every_command_has_help(self, jpadse: Run) -> None:
        shown = jpadse("--help").out.decode()
        for command in ("attach", "compare", "decode", "demo", "encode", "info", "list-plugins"):
            assert command in shown
            assert b"Usage: jpadse" in jpadse(command, "--help").out
        assert jpadse("--version").out.decode().startswith("jpadse")


class TestComparisons:
    def test_compare_writes_a_panel_and_figures_at_no_fewer_bytes(
        self, jpadse: Run, toys_installed: Site, tmp_path: Path, rocket: RgbImage
    ) -> None:
        Image.fromarray(rocket).save(tmp_path / "rocket.png")
        panel = tmp_path / "panel.png"
        finished = jpadse("compare", tmp_path / "rocket.png", "-o", panel, "-q", "10", "--json", *TOY)
        assert finished.code == 0, finished.err
        told = strict_json(finished.out)
        assert isinstance(told, dict)
        plain, inside, best, *_ = told["rows"]
        assert plain["bytes"] >= told["bytes"] == inside["bytes"] == best["bytes"]
        assert best["psnr"] >= inside["psnr"]
        assert {"psnr", "ms-ssim", "ssimulacra2"} <= set(best)
        assert read(panel).shape[1] > 4 * 500

    def test_compare_of_a_small_picture_is_still_json(
        self, jpadse: Run, toys_installed: Site, tmp_path: Path, photo: Path
    ) -> None:
        finished = jpadse("compare", photo, "-o", tmp_path / "panel.png", "-q", "10", "--json", *TOY)
        assert finished.code == 0, finished.err
        strict_json(finished.out)

    def test_a_panel_of_another_name_is_told(
        self, jpadse: Run, toys_installed: Site, tmp_path: Path, photo: Path
    ) -> None:
        panel = tmp_path / "panel.jpg"
        finished = jpadse("compare", photo, "-o", panel, "-q", "10", *TOY)
        assert finished.code == 0
        assert f"warning: {panel} is a png file, whatever its name says" in finished.err

    def test_compare_needs_a_quality_scale(
        self, jpadse: Run, toys_installed: Site, tmp_path: Path, photo: Path
    ) -> None:
        finished = jpadse("compare", photo, "-o", tmp_path / "panel.png", "--codec", "png", *TOY)
        assert finished.code == 1
        assert "has no quality scale" in finished.err
        assert not (tmp_path / "panel.png").exists()

    def test_demo_does_the_main_job_with_the_shipped_networks(
        self, jpadse: Run, tmp_path: Path, rocket: RgbImage
    ) -> None:
        Image.fromarray(rocket).save(tmp_path / "rocket.png")
        finished = jpadse("demo", tmp_path / "rocket.png", "-o", tmp_path / "demo", "--json")
        assert finished.code == 0, finished.err
        told = strict_json(finished.out)
        assert isinstance(told, dict)
        assert (tmp_path / "demo" / "picture.jpg").stat().st_size == told["bytes"]
        with Image.open(tmp_path / "demo" / "comparison.png") as panel:
            assert panel.format == "PNG"


class TestRealProcesses:
    """The console script as a shell runs it."""

    @staticmethod
    def shell(folder: Path, *arguments: object, stdin: bytes = b"", **environment: str) -> Finished:
        site = Site(folder / "site")
        if not site.folder.exists():
            site.install("jpadse-plugin-toys", TOYS)
        paths = os.pathsep.join([str(site.folder), str(Path(__file__).parent)])
        script = Path(sys.executable).with_name("jpadse")
        finished = subprocess.run(
            [script, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONWARNINGS": "error::DeprecationWarning", **environment},
        )
        return Finished(finished.returncode, finished.stdout, finished.stderr.decode())

    def test_a_pipe_from_picture_to_file_to_picture(self, tmp_path: Path, photo: Path, coffee: RgbImage) -> None:
        encoded = self.shell(tmp_path, "encode", "-", "-o", "-", *TOY, stdin=photo.read_bytes())
        assert encoded.code == 0, encoded.err
        decoded = self.shell(tmp_path, "decode", "-", "-o", "-", stdin=encoded.out)
        assert decoded.code == 0, decoded.err
        assert read(decoded.out).shape == coffee.shape

    @pytest.mark.parametrize(
        ("command", "code", "told"),
        [
            ("info - <&-", 1, "error: standard input: is closed: pipe a file into it, or give a path"),
            ('decode "$PHOTO" --no-enhance -o - >&-', 1, "error: standard output: is closed: give a path to write to"),
            ('decode "$PHOTO" --no-enhance -o - > /dev/full', 1, "error: standard output: cannot be written: No space"),
            ('info "$PHOTO" > /dev/full', 1, "error: standard output: cannot be written: No space"),
            ('decode "$PHOTO" --no-enhance -o "$PHOTO.out.png" >&-', 0, "131 x 99"),
            ('decode "$PHOTO" --no-enhance -o "$PHOTO.out.png" 2>&-', 0, ""),
        ],
    )
    def test_streams_may_be_closed(self, photo: Path, command: str, code: int, told: str) -> None:
        script = Path(sys.executable).with_name("jpadse")
        finished = subprocess.run(
            ["sh", "-c", f'"$0" {command}', script],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, "PHOTO": str(photo)},
        )
        assert finished.returncode == code, finished.stderr
        assert told in finished.stderr
        assert "unexpected" not in finished.stderr

    def test_an_error_is_one_line_and_exit_1(self, tmp_path: Path) -> None:
        finished = self.shell(tmp_path, "info", tmp_path / "absent.jpg")
        assert (finished.code, finished.out) == (1, b"")
        assert finished.err == f"error: {tmp_path / 'absent.jpg'}: cannot be read: No such file or directory\n"

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("jpadse encode --codec ", {"jpeg", "png", "toy"}),
            ("jpadse encode --codec p", {"png"}),
            ("jpadse encode --semantics ", {"deeplab", "toy-bands", "none"}),
            ("jpadse attach --enhancer ", {"default", "toy-blur", "toy-invert", "none"}),
            ("jpadse decode --semantics toy", {"toy-bands"}),
        ],
    )
    def test_a_components_name_is_completed_from_what_is_installed(
        self, tmp_path: Path, words: str, expected: set[str]
    ) -> None:
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
        environment["JPADSE_LOAD_PLUGINS"] = "jpadse-plugin-toys"
        finished = self.shell(tmp_path, _JPADSE_COMPLETE="bash_complete", **environment)
        assert finished.code == 0, finished.err
        assert {line.partition(",")[2] for line in finished.out.decode().splitlines()} == expected

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_there_is_a_completion_script(self, tmp_path: Path, shell: str) -> None:
        if shell == "bash" and not Path("/bin/bash").exists():
            pytest.skip("no bash to ask for its version")
        finished = self.shell(tmp_path, _JPADSE_COMPLETE=f"{shell}_source")
        assert finished.code == 0, finished.err
        assert b"_JPADSE_COMPLETE" in finished.out


FORMAT = """
from jpadse_core import Detached
from toys import ToyCodec

class Format(ToyCodec):
    name = "own"

    def encode(self, rgb, options):
        data = super().encode(rgb, options)
        return b"OWN." + len(data).to_bytes(4, "big") + data

    def decode(self, data):
        return super().decode(self.essence(data)[8:])

    def recognises(self, data):
        return data[:4] == b"OWN."

    def attach(self, payload, sidecar):
        return payload + sidecar

    def detach(self, data):
        payload = self.essence(data)
        return Detached(payload, data[len(payload):] or None)

    def essence(self, payload):
        return payload[:8 + int.from_bytes(payload[4:8], "big")]

    def embed(self, payload, metadata):
        return payload

    carrier = property(lambda self: self)
"""


@pytest.mark.parametrize(
    ("codec", "name", "warning"),
    [
        ("own", "a.own", ""),
        ("own", "a.jpg", "is no jpeg file"),
        ("toy", "a.jpse", ""),
        ("toy", "a.own", "is a jpse file"),
        ("jpeg", "a.JPEG", ""),
        ("jpeg", "a", ""),
        ("jpeg", "a.png", "is a jpeg file"),
        ("jpeg", "a.own", "is a jpeg file"),
    ],
)
def test_a_name_that_promises_another_format_is_told(
    jpadse: Run, site: Site, photo: Path, tmp_path: Path, codec: str, name: str, warning: str
) -> None:
    codecs = {"own": "own_format:Format", "toy": "toys:ToyCodec"}
    site.install("jpadse-plugin-own", TOYS | {"jpadse.codecs": codecs}, {"own_format": FORMAT})
    finished = jpadse("encode", photo, "-o", tmp_path / name, "--codec", codec, *TOY)
    assert finished.code == 0
    assert ("warning" in finished.err) is bool(warning)
    assert warning in finished.err
