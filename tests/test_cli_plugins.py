"""Plugins on the command line: listed, checked, run, and kept out of each other's way."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Finished, Site
from PIL import Image

from jpadse_core import Encoded, RgbImage

Run = Callable[..., Finished]


def test_checking_looks_at_the_weights(
    jpadse: Run, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path))
    source = (
        "from toys import ToyEnhancer\nfrom jpadse_core import WeightsFile\n"
        "class Absent(ToyEnhancer):\n    name = 'absent'\n"
        "    def check_weights(self):\n"
        "        WeightsFile(self.name, 'https://example.invalid/net.onnx', '0' * 64, 'MIT').check()\n"
        "class Wrong(Absent):\n    name = 'wrong'\n"
        "class Angry(Absent):\n    name = 'angry'\n    def check_weights(self):\n        1/0\n"
    )
    (tmp_path / "wrong").write_bytes(b"other weights")
    enhancers = {name.lower(): f"weighty:{name}" for name in ("Absent", "Wrong", "Angry")}
    site.install("jpadse-plugin-weighty", {"jpadse.enhancers": enhancers}, {"weighty": source})
    finished = jpadse("list-plugins", "--check", "--json")
    assert finished.code == 1
    rows = {row["name"]: row for row in json.loads(finished.out)}
    assert rows["absent"]["status"] == "unavailable"
    assert "the first use downloads https://example.invalid/net.onnx" in rows["absent"]["cause"]
    assert rows["wrong"]["status"] == rows["angry"]["status"] == "broken"
    assert "is not the pinned" in rows["wrong"]["cause"]
    assert "ZeroDivisionError" in rows["angry"]["cause"]
    assert rows["default"]["status"] == rows["deeplab"]["status"] == "ok"


def test_a_misspelt_group_of_entry_points_is_told(jpadse: Run, site: Site) -> None:
    site.install("typo", {"jpadse.codec": {"typo": "toys:ToyCodec"}, "jpadse.poetry": {"ode": "toys:ToyCodec"}})
    finished = jpadse("list-plugins", "--check", "--kind", "metric")
    assert finished.code == 1
    assert "typo: jpadse.codec is no group: use jpadse.codecs" in finished.err
    assert "typo: jpadse.poetry is no group: use one of jpadse.codecs, " in finished.err
    assert jpadse("list-plugins", "--kind", "metric").code == 0


def test_a_component_that_wants_options_is_listed_without_being_made(jpadse: Run, site: Site) -> None:
    source = "from pydantic import BaseModel\nfrom toys import ToyExtractor\n"
    source += "class Wanting(ToyExtractor):\n    name = 'wanting'\n    class Options(BaseModel):\n        model: str\n"
    source += "    def __init__(self, options):\n        raise AssertionError\n"
    site.install(
        "wanting", {"jpadse.semantics": {"wanting": "wanting_semantics:Wanting"}}, {"wanting_semantics": source}
    )
    rows = {row["name"]: row for row in json.loads(jpadse("list-plugins", "--check", "--json").out)}
    assert (rows["wanting"]["status"], rows["wanting"]["cause"]) == ("ok", "")


def test_a_check_makes_each_component_once(jpadse: Run, site: Site, tmp_path: Path) -> None:
    made = tmp_path / "made"
    source = "from toys import ToyEnhancer\nclass Slow(ToyEnhancer):\n    name = 'slow'\n"
    source += f"    def __init__(self):\n        with open({str(made)!r}, 'a') as told:\n"
    source += "            told.write('once ')\n"
    site.install("slow", {"jpadse.enhancers": {"slow": "slow_enhancer:Slow"}}, {"slow_enhancer": source})
    assert jpadse("list-plugins", "--check", "--kind", "enhancer").code == 0
    assert made.read_text() == "once "


def test_the_columns_of_the_list_line_up_whatever_the_names(jpadse: Run, site: Site) -> None:
    site.install("wordy", {"jpadse.codecs": {"a-codec-of-very-many-words": "toys:ToyCodec"}})
    lines = jpadse("list-plugins", "--kind", "codec").out.decode().splitlines()
    assert len({line.index("contract ") for line in lines}) == 1


def test_a_shipped_network_that_was_changed_is_broken(
    jpadse: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  enhancer.onnx\n")
    (tmp_path / "enhancer.onnx").write_bytes(b"other weights")
    monkeypatch.setattr("jpadse_core.builtin.networks.files", lambda package: tmp_path)
    rows = {row["name"]: row for row in json.loads(jpadse("list-plugins", "--check", "--json").out)}
    assert rows["default"]["status"] == "broken"
    assert rows["deeplab"]["status"] == "unavailable"


def test_a_plugin_that_prints_while_it_is_imported_does_not_pollute_stdout(
    jpadse: Run, site: Site, coffee: RgbImage, tmp_path: Path
) -> None:
    loud = "print('hello from the import')\nfrom jpadse_core.builtin.png import PngCodec\n"
    loud += "class Loud(PngCodec):\n    name = 'loud'\n    def __init__(self):\n        print('and from here')\n"
    site.install("loud", {"jpadse.codecs": {"loud": "loud_codec:Loud"}}, {"loud_codec": loud})
    listed = jpadse("list-plugins", "--check", "--json")
    assert isinstance(json.loads(listed.out), list)
    assert "hello from the import" in listed.err
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    encoded = jpadse(
        "encode", tmp_path / "photo.png", "--codec", "loud", "-o", "-", "--semantics", "none", "--enhancer", "none"
    )
    assert encoded.out.startswith(b"\x89PNG")


LOUD = """
import os, threading
from jpadse_core.builtin.png import PngCodec
class Loud(PngCodec):
    name = "loud"
    def encode(self, rgb, options):
        print("hello from encode")
        thread = threading.Thread(target=print, args=("hello from a thread",))
        thread.start()
        thread.join()
        os.write(1, b"hello from a library\\n")
        os.system("echo hello from a program")
        return super().encode(rgb, options)
    def decode(self, data):
        print("hello from decode")
        return super().decode(data)
"""


def test_what_a_plugin_prints_while_it_works_does_not_get_into_what_a_command_writes(
    site: Site, coffee: RgbImage, tmp_path: Path
) -> None:
    site.install("loud", {"jpadse.codecs": {"loud": "loud_codec:Loud"}}, {"loud_codec": LOUD})
    Image.fromarray(coffee).save(tmp_path / "photo.png")

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "jpadse_core", *arguments],
            cwd=tmp_path,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(site.folder)},
        )

    plain = ("--codec", "loud", "--semantics", "none", "--enhancer", "none")
    encoded = run("encode", "photo.png", *plain, "-o", "-")
    for who in (b"encode", b"a thread", b"a library", b"a program", b"decode"):
        assert b"hello from " + who in encoded.stderr
    with Image.open(io.BytesIO(encoded.stdout)) as image:
        image.verify()
    assert b"hello" not in encoded.stdout
    assert json.loads(run("encode", "photo.png", *plain, "-o", "photo.loud", "--json").stdout)["file"] == "photo.loud"
    assert run("encode", "--help").stdout.startswith(b"Usage: jpadse encode")


ROUND_TRIP = """
import click
from jpadse_core.cli.results import ResultCommand, say, write_bytes
print("hello from the import")
@click.group()
def trip():
    "Travel."
@trip.command("bytes", cls=ResultCommand)
@click.argument("picture")
def as_bytes(picture):
    from jpadse_core import build_pipeline
    pipeline = build_pipeline("loud", None, None)
    file = pipeline.encode(picture)
    pipeline.decode(file)
    say(len(file))
    write_bytes(file)
"""


def test_nor_into_what_a_plugins_own_command_says(site: Site, coffee: RgbImage, tmp_path: Path) -> None:
    site.install("loud", {"jpadse.codecs": {"loud": "loud_codec:Loud"}}, {"loud_codec": LOUD})
    site.install("trip", {"jpadse.commands": {"trip": "trip_command:trip"}}, {"trip_command": ROUND_TRIP})
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    finished = subprocess.run(
        [sys.executable, "-m", "jpadse_core", "trip", "bytes", "photo.png"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site.folder), os.environ.get("PYTHONPATH", "")])},
    )
    said, _, written = finished.stdout.partition(b"\n")
    assert int(said) == len(written)
    assert written.startswith(b"\x89PNG")
    assert b"hello" not in finished.stdout
    for who in (b"the import", b"encode", b"a thread", b"a library", b"a program", b"decode"):
        assert b"hello from " + who in finished.stderr


def test_a_reader_that_stops_reading_is_no_error_message(site: Site) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "jpadse_core", "config", "--schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1


def test_a_command_with_a_built_in_name_is_reported_and_reached_by_its_qualified_name(
    jpadse: Run, site: Site, jpeg_se: Encoded
) -> None:
    source = "import click\n@click.command()\ndef info():\n    'Shadow.'\n    click.echo('the shadow')\n"
    site.install("shadow", {"jpadse.commands": {"info": "shadow_command:info"}}, {"shadow_command": source})
    assert b"the shadow" not in jpadse("info", "-", stdin=jpeg_se).out
    assert jpadse("shadow:info").out == b"the shadow\n"
    assert b"shadow:info" in jpadse("--help").out
    (row,) = [
        row
        for row in json.loads(jpadse("list-plugins", "--json").out)
        if row["kind"] == "command" and row["distribution"] == "shadow"
    ]
    assert row["status"] == "conflict"
    assert "call it as `jpadse shadow:info`" in row["cause"]


def test_a_command_of_two_plugins_names_both_and_each_can_be_called(jpadse: Run, site: Site) -> None:
    for name in ("one", "two"):
        source = f"import click\n@click.command()\ndef wave():\n    'Wave.'\n    click.echo('{name}')\n"
        site.install(name, {"jpadse.commands": {"wave": f"wave_{name}:wave"}}, {f"wave_{name}": source})
    crowded = jpadse("wave")
    assert crowded.code == 1
    assert "claimed by one and two" in crowded.err
    assert jpadse("two:wave").out == b"two\n"


@pytest.mark.parametrize(("body", "code"), [("ctx.exit(3)", 3), ("return 5", 0), ("ctx.fail('no')", 2)])
def test_a_plugins_command_decides_on_the_exit_code_by_leaving_not_by_returning(
    jpadse: Run, site: Site, body: str, code: int
) -> None:
    source = f"import click\n@click.command()\n@click.pass_context\ndef wave(ctx):\n    'Wave.'\n    {body}\n"
    site.install("waver", {"jpadse.commands": {"wave": "waver_command:wave"}}, {"waver_command": source})
    assert jpadse("wave").code == code
