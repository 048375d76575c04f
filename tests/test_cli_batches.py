"""Commands on several files and on folders of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Finished
from PIL import Image

from jpadse_core import RgbImage
from jpadse_core.cli.batches import Batch
from jpadse_core.cli.results import OutputFull

Run = Callable[..., Finished]
PLAIN = ("--semantics", "none", "--enhancer", "none")


@pytest.fixture
def photos(tmp_path: Path, coffee: RgbImage) -> Path:
    folder = tmp_path / "photos"
    (folder / "trip").mkdir(parents=True)
    for name in ("b.png", "a.PNG", "trip/c.webp"):
        Image.fromarray(coffee[:40, :56]).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    return folder


def below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_encoded_and_decoded_with_the_folders_in_it(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    coded, decoded = tmp_path / "coded", tmp_path / "decoded"
    finished = jpadse("encode", photos, "-o", coded, *PLAIN, "-q", "30")
    assert finished.code == 0, finished.err
    assert below(coded) == ["a.jpg", "b.jpg", "trip/c.jpg"]
    finished = jpadse("decode", coded, "-o", decoded, "--no-enhance")
    assert finished.code == 0, finished.err
    assert below(decoded) == ["a.png", "b.png", "trip/c.png"]
    with Image.open(decoded / "trip/c.png") as shown, Image.open(coded / "trip/c.jpg") as file:
        assert np.array_equal(np.asarray(shown), np.asarray(file))


def test_several_files_go_to_a_folder_and_tell_a_line_of_json_each(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    finished = jpadse("encode", photos / "a.PNG", photos / "trip", "-o", target, *PLAIN, "--json")
    assert finished.code == 0, finished.err
    told = [json.loads(line) for line in finished.out.splitlines()]
    assert [document["file"] for document in told] == [str(target / "a.jpg"), str(target / "c.jpg")]
    assert [document["bytes"] for document in told] == [(target / name).stat().st_size for name in ("a.jpg", "c.jpg")]


def test_one_file_goes_into_a_folder_by_its_name(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    assert jpadse("encode", photos / "b.png", "-o", tmp_path, *PLAIN).code == 0
    assert (tmp_path / "b.jpg").exists()


@pytest.mark.usefixtures("toys_installed")
@pytest.mark.parametrize(("codec", "extension"), [("png", "png"), ("toy", "jpse")])
def test_files_have_the_extension_of_their_format(
    jpadse: Run, photos: Path, tmp_path: Path, codec: str, extension: str
) -> None:
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN, "--codec", codec)
    assert finished.code == 0, finished.err
    assert "whatever its name says" not in finished.err
    assert below(tmp_path / "out") == [f"{name}.{extension}" for name in ("a", "b", "trip/c")]


def test_a_broken_picture_is_told_and_costs_no_other(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    (photos / "aa.png").write_bytes((photos / "b.png").read_bytes()[:50])
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 1
    assert below(tmp_path / "out") == ["a.jpg", "b.jpg", "trip/c.jpg"]
    assert f"error: {photos / 'aa.png'}: is damaged or truncated" in finished.err
    assert "error: 1 of 4 files failed, the others are written" in finished.err


def test_a_folder_that_cannot_be_read_is_told_and_costs_no_other(
    jpadse: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.scandir

    def refusing(path: str | os.PathLike[str]) -> object:  # the superuser, as whom tests may run, is refused nothing
        if Path(path) == photos / "trip":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(os, "scandir", refusing)
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 1
    assert below(tmp_path / "out") == ["a.jpg", "b.jpg"]
    assert f"error: {photos / 'trip'}: cannot be read" in finished.err
    assert "error: 1 of 3 files failed, the others are written" in finished.err


def test_a_folder_that_can_be_listed_but_not_entered_costs_only_what_is_in_it(
    jpadse: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(kind: type[Path], name: str) -> None:  # as above
        genuine = getattr(kind, name)

        def call(path: Path, *arguments: object, **keywords: object) -> object:
            if path.parent == photos / "trip":
                raise PermissionError(13, "Permission denied", str(path))
            return genuine(path, *arguments, **keywords)

        monkeypatch.setattr(kind, name, call)

    for name in ("stat", "read_bytes", "open"):
        refusing(Path, name)
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 1
    assert below(tmp_path / "out") == ["a.jpg", "b.jpg"]
    assert f"error: {photos / 'trip' / 'c.webp'}: cannot be read: Permission denied" in finished.err
    assert "error: 1 of 3 files failed, the others are written" in finished.err


def test_linked_folders_are_not_followed_which_is_told_once(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    (photos / "again").symlink_to(photos / "trip")
    (photos / "trip" / "loop").symlink_to(photos)
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 0
    assert below(tmp_path / "out") == ["a.jpg", "b.jpg", "trip/c.jpg"]
    told = f"warning: {photos}: 2 linked folders not followed, such as {photos / 'again'}: name what is to be read"
    assert finished.err.count("warning: ") == finished.err.count(told) == 1
    assert jpadse("encode", photos / "again", "-o", tmp_path / "linked", *PLAIN).code == 0
    assert below(tmp_path / "linked") == ["c.jpg"]


def test_what_is_written_already_can_be_left_out(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert jpadse("encode", photos, "-o", target, *PLAIN).code == 0
    (target / "a.jpg").write_bytes(b"as it was")
    (target / "b.jpg").unlink()
    assert jpadse("encode", photos, "-o", target, *PLAIN, "--skip-existing").code == 0
    assert (target / "a.jpg").read_bytes() == b"as it was"
    assert (target / "b.jpg").stat().st_size > 100


def test_so_can_a_single_file(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    target.write_bytes(b"as it was")
    assert jpadse("encode", photos / "b.png", "-o", target, *PLAIN, "--skip-existing").code == 0
    assert target.read_bytes() == b"as it was"


def test_a_folder_in_the_place_of_a_target_is_not_taken_for_what_is_written_already(
    jpadse: Run, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "a.jpg").mkdir(parents=True)
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN, "--skip-existing")
    assert finished.code == 1
    assert "a.jpg: is no name for a file" in finished.err
    assert below(tmp_path / "out") == ["b.jpg", "trip/c.jpg"]


def test_the_work_ends_where_nobody_reads_what_is_told() -> None:
    done = []

    def work(source: str, target: str) -> None:
        done.append(source)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Batch((("a.png", "a.jpg"), ("b.png", "b.jpg")), single=False).run(work, skip=False)
    assert done == ["a.png"]


def test_what_was_written_into_a_folder_below_is_not_read_again(jpadse: Run, photos: Path) -> None:
    for _ in range(2):
        assert jpadse("encode", photos, "-o", photos / "out", *PLAIN).code == 0
    assert below(photos / "out") == ["a.jpg", "b.jpg", "trip/c.jpg"]


def test_two_pictures_with_one_target_fail_and_cost_no_other(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    shutil.copy(photos / "b.png", photos / "b.bmp")
    finished = jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 1
    target = tmp_path / "out" / "b.jpg"
    for one, other in (("b.bmp", "b.png"), ("b.png", "b.bmp")):
        assert f"{photos / one}: would be written to {target}, as would {photos / other}" in finished.err
    assert "2 of 4 files failed, the others are written" in finished.err
    assert below(tmp_path / "out") == ["a.jpg", "trip/c.jpg"]


def test_an_empty_file_is_not_taken_for_one_that_is_written(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").touch()
    (tmp_path / "out" / "b.jpg").write_bytes(b"there")
    finished = jpadse("-v", "encode", photos, "-o", tmp_path / "out", "--skip-existing", *PLAIN)
    assert finished.code == 0
    assert (tmp_path / "out" / "a.jpg").stat().st_size > 0
    assert (tmp_path / "out" / "b.jpg").read_bytes() == b"there"
    assert f"{tmp_path / 'out' / 'b.jpg'}: is there already" in finished.err


def test_a_target_among_the_sources_is_refused(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    assert jpadse("encode", photos, "-o", tmp_path / "out", *PLAIN).code == 0
    files = (tmp_path / "out" / "a.jpg", tmp_path / "out" / "b.jpg")
    finished = jpadse("encode", *files, "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 2
    assert "is one of the files to read: write to another folder" in finished.err


@pytest.mark.parametrize("command", ["encode", "compare", "decode"])
def test_the_picture_that_is_read_is_not_written_over(jpadse: Run, photos: Path, tmp_path: Path, command: str) -> None:
    source, link = photos / "b.png", tmp_path / "link.png"
    link.symlink_to(source)
    before = source.read_bytes()
    for output in (source, link):
        finished = jpadse(command, source, "-o", output)
        assert finished.code == 2
        assert f"{output}: is the file to read, which would be lost: write to another" in finished.err
    assert source.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told_with_the_file(jpadse: Run, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finished = jpadse("encode", photos, "-o", tmp_path / "file" / "below", *PLAIN)
    assert finished.code == 1
    assert f"error: {tmp_path}/file/below/a.jpg: cannot be written: the folder" in finished.err
    assert finished.err.splitlines()[-1] == "error: 3 of 3 files failed"


def test_a_folder_that_is_read_is_not_written_to(jpadse: Run, photos: Path) -> None:
    before = below(photos)
    finished = jpadse("encode", photos, "-o", photos, *PLAIN)
    assert finished.code == 2
    assert f"{photos}: is a folder to read: write to another, or to a folder in it" in finished.err
    assert below(photos) == before


def test_a_source_that_is_not_there_is_told_before_the_target_is_looked_at(jpadse: Run, tmp_path: Path) -> None:
    finished = jpadse("decode", tmp_path / "absent", "-o", tmp_path / "out")
    assert (finished.code, finished.err.count("\n")) == (1, 1)
    assert f"{tmp_path / 'absent'}: cannot be read: No such file or folder" in finished.err


@pytest.mark.parametrize("output", ["-", "", "photos/b.png", "one.jpg", "one.PNG"])
def test_several_pictures_want_a_folder(
    jpadse: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    finished = jpadse("encode", photos, "-o", output, *PLAIN)
    assert finished.code == 2
    assert "folder to" in finished.err or "want one to be written to" in finished.err
    assert not (tmp_path / "one.jpg").exists()


def test_a_folder_without_pictures_is_told(jpadse: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    finished = jpadse("encode", tmp_path / "empty", "-o", tmp_path / "out", *PLAIN)
    assert finished.code == 1
    assert "holds no files that can be read here" in finished.err


def test_a_full_place_for_what_is_told_ends_the_work() -> None:
    def work(source: str, target: str) -> None:
        raise OutputFull("standard output: cannot be written")

    batch = Batch((("a", "out/a"), ("b", "out/b")), single=False)
    with pytest.raises(OutputFull):
        batch.run(work, skip=False)


def test_a_file_half_made_when_the_process_is_asked_to_end_is_taken_away(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    script = (
        "import os, signal, sys, time\n"
        "os.fsync = lambda number: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(20))\n"
        "from jpadse_core.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", script, "encode", photos / "b.png", "-o", tmp_path / "out" / "a.jpg", *PLAIN]
    ended = subprocess.run(list(map(str, command)), check=False, capture_output=True, timeout=120)
    assert ended.returncode == 143, ended.stderr
    assert ended.stderr.endswith(b"aborted\n")
    assert below(tmp_path / "out") == []
