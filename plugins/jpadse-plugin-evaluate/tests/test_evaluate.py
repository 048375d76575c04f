"""`jpadse evaluate` and `jpadse bench` from the command line: real files, worker processes."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jpadse_core import EnhancerError, ImageError, RgbImage, build_pipeline
from jpadse_core.testing.stand_ins import BlurEnhancer
from jpadse_plugin_evaluate import encoding, measuring
from jpadse_plugin_evaluate.digests import file_digest
from jpadse_plugin_evaluate.encoding import RateUnreachable, encode_at
from jpadse_plugin_evaluate.evaluating import judged_by_own
from jpadse_plugin_evaluate.inputs import find_pictures, read_rgb
from jpadse_plugin_evaluate.measures import Case, Figure
from jpadse_plugin_evaluate.measures.registry import Panel, measures_of
from jpadse_plugin_evaluate.measuring import Job, perform
from jpadse_plugin_evaluate.settings import Coding, Point, Settings, Variant

PLAIN_JPEG = Coding("jpeg", Variant(), (), ("",))
FAST = ("--metric", "psnr", "--metric", "ms-ssim", "--jobs", "1")


SETTINGS = ("--points", "5,15,40", "--preference", "distortion", "--preference", "accuracy",
            "--against", "none-semantics", *FAST)  # fmt: skip


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, astronaut: RgbImage, coffee: RgbImage) -> Path:
    """A folder with two photographs, and all that one evaluation of them leaves: three points, with and without
    semantics, two preferences."""
    from jpadse_core.cli.main import main

    folder = tmp_path_factory.mktemp("once")
    (folder / "pictures").mkdir()
    for name, rgb in (("astronaut", astronaut), ("coffee", coffee)):
        Image.fromarray(rgb).save(folder / "pictures" / f"{name}.png")
    outputs = [f"--{kind}={folder / 'r'}.{kind}" for kind in ("json", "csv", "html")]
    with pytest.MonkeyPatch.context() as patch:
        command = ["evaluate", str(folder / "pictures"), *SETTINGS, *outputs, f"--figures={folder / 'figures'}"]
        patch.setattr(sys, "argv", ["jpadse", *command])
        main(command)
    return folder


@pytest.fixture(scope="module")
def results(once: Path) -> dict[str, Any]:
    """The JSON of that evaluation."""
    return dict(json.loads((once / "r.json").read_text()))


def values(document: dict[str, Any]) -> list[Any]:
    """All that does not depend on the clock."""
    dropped = ("encode_seconds", "decode_seconds")
    return [
        [{k: v for k, v in entry.items() if k not in dropped} for entry in document["measured"]],
        document["deltas"],
        [[{k: v for k, v in p.items() if k not in dropped} for p in c["points"]] for c in document["curves"]],
    ]


def test_rates_and_values_are_those_of_the_files(results: dict[str, Any], astronaut: RgbImage) -> None:
    from jpadse_core.distortion import psnr

    pipeline = build_pipeline("jpeg", "deeplab")
    encoded = pipeline.encode(astronaut, quality=15)
    found = next(
        m for m in results["measured"]
        if (m["picture"], m["point"]) == ("astronaut", "q15")
        and m["curve"] == {"codec": "jpeg", "variant": "deeplab", "preference": "accuracy"}
    )  # fmt: skip
    assert found["size"] == len(encoded) == sum(found["sections"].values())
    assert found["bits_per_pixel"] == pytest.approx(encoded.bits_per_pixel)
    assert found["values"]["psnr"] == pytest.approx(psnr(astronaut, pipeline.decode(encoded, "accuracy")))
    plain = next(m for m in results["measured"] if m["curve"]["variant"] == "plain" and m["point"] == "q15")
    assert plain["sections"] == {name: found["sections"][name] for name in ("payload", "metadata")}
    codec = pipeline.codec
    assert plain["size"] == len(codec.encode(astronaut, codec.Options(quality=15)))


def test_curves_are_means_and_deltas_are_means_over_pictures(results: dict[str, Any]) -> None:
    assert [curve["name"]["variant"] for curve in results["curves"]] == [
        "plain", "deeplab", "deeplab", "none-semantics", "none-semantics",
    ]  # fmt: skip
    point = results["curves"][0]["points"][0]
    both = [m for m in results["measured"] if m["curve"]["variant"] == "plain" and m["point"] == "q5"]
    assert point["values"]["psnr"]["value"] == pytest.approx(np.mean([m["values"]["psnr"] for m in both]))
    delta = results["deltas"][0]
    rates = [rate for rate in delta["per_picture_rate"].values() if isinstance(rate, float)]
    assert delta["rate"]["value"] == pytest.approx(np.mean(rates))
    assert {d["baseline"]["variant"] for d in results["deltas"]} == {"plain", "none-semantics"}
    assert all(
        d["baseline"]["preference"] == d["test"]["preference"]
        for d in results["deltas"]
        if d["baseline"]["variant"] == "none-semantics"
    )


def test_what_judged_is_told_by_versions_and_weights(results: dict[str, Any]) -> None:
    assert set(results["measures"]) == {"psnr", "ms-ssim"}
    assert results["measures"]["psnr"].startswith("metric psnr ")
    assert {"jpadse", "bjontegaard", "scipy"} <= set(results["versions"])
    assert not {"torch", "ai-edge-litert"} & set(results["versions"])


def test_csv_has_a_line_for_every_decoded_picture(results: dict[str, Any], once: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((once / "r.csv").read_text())))
    assert len(rows) == len(results["measured"]) == 2 * 3 * 5
    assert float(rows[0]["psnr"]) == results["measured"][0]["values"]["psnr"]


def test_a_second_csv_has_the_deltas_over_pictures_of_mean_curves_and_of_every_picture(
    results: dict[str, Any], once: Path
) -> None:
    rows = list(csv.DictReader(io.StringIO((once / "r-bd.csv").read_text())))
    assert len(rows) == len(results["deltas"]) * (1 + 1 + 2)
    for delta, lines in zip(results["deltas"], zip(*[iter(rows)] * 4, strict=True), strict=True):
        mean, curves, *pictures = lines
        assert [line["of"] for line in lines] == ["pictures", "mean curves", "picture", "picture"]
        told = {key: mean[key] for key in ("codec", "variant", "preference")}
        assert told == delta["test"]
        assert (mean["figure"], mean["method"], mean["baseline_variant"]) == (
            delta["figure"], delta["method"], delta["baseline"]["variant"],
        )  # fmt: skip
        assert float(mean["bd_rate"] or "nan") == pytest.approx(delta["rate"]["value"] or math.nan, nan_ok=True)
        found = [line["bd_rate_refused"] or float(line["bd_rate"]) for line in (curves, *pictures)]
        assert found == [delta["of_means_rate"], *delta["per_picture_rate"].values()]
        assert [line["picture"] for line in pictures] == ["astronaut", "coffee"]


def test_the_page_stands_alone_and_the_figures_are_pictures(results: dict[str, Any], once: Path) -> None:
    page = (once / "r.html").read_text()
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<polyline") >= 2 * 5
    assert "gained most" in page
    assert "gained least" in page
    titles = ("BD-rate", "Rate and distortion", "At equal bytes", "BD-rate by picture",
              "Bytes by section, mean over pictures", "Time", "Every point", "How this was made")  # fmt: skip
    assert re.findall("<h2>(.*?)</h2>", page) == list(titles)
    assert "jpadse evaluate" in page
    assert f"jpadse {version('jpadse')}" in page
    for name in ("psnr", "ms-ssim"):
        with Image.open(once / "figures" / f"{name}.png") as figure:
            assert figure.width > 500


def test_exhibits_are_at_equal_bytes_and_have_three_places_each(once: Path) -> None:
    _, *exhibits = (once / "r.html").read_text().split('<div class="exhibit">')
    assert len(exhibits) == 2
    for exhibit in exhibits:
        rows = re.findall(r"<td>(plain jpeg|jpeg deeplab distortion)</td><td>([0-9,]+)</td>", exhibit)
        plain, enhanced = (int(size.replace(",", "")) for _, size in rows)
        assert enhanced <= plain < 1.15 * enhanced
        assert [exhibit.count(f'alt="{shown}"') for shown in ("original", "plain", "enhanced")] == [4, 4, 4]


def test_nothing_is_measured_twice_and_a_kill_loses_nothing(
    once: Path, results: dict[str, Any], tmp_path: Path, jpadse: Callable[..., Any]
) -> None:
    shutil.copytree(once, tmp_path / "again")
    folder = tmp_path / "again"
    journal = folder / "r.journal" / "measurements.jsonl"
    command = ("evaluate", folder / "pictures", *SETTINGS, "--json", folder / "r.json")
    whole = journal.read_bytes()
    finished = jpadse(*command)
    assert finished.code == 0, finished.err
    assert "jpeg deeplab distortion" in finished.out
    assert journal.read_bytes() == whole
    assert {**json.loads((folder / "r.json").read_text()), "command": ""} == {**results, "command": ""}
    lines = whole.splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-2]) + lines[-2][:40])
    assert jpadse(*command).code == 0
    assert journal.read_bytes().startswith(b"".join(lines[:-2]))
    assert len(journal.read_bytes().splitlines()) == len(lines)
    assert values(json.loads((folder / "r.json").read_text())) == values(results)


def test_another_metric_or_point_adds_to_what_is_there(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    common = ("evaluate", pictures / "coffee.png", "--semantics", "none", "--jobs", "1", "--json", tmp_path / "r.json")
    assert jpadse(*common, "--points", "10,20", "--metric", "psnr").code == 0
    journal = tmp_path / "r.journal" / "measurements.jsonl"
    assert len(journal.read_bytes().splitlines()) == 4
    assert jpadse(*common, "--points", "10,20,30", "--metric", "psnr").code == 0
    assert len(journal.read_bytes().splitlines()) == 6
    assert jpadse(*common, "--points", "10,20", "--metric", "psnr", "--metric", "ssim").code == 0
    newest = [json.loads(line) for line in journal.read_bytes().splitlines()[6:]]
    assert len(newest) == 4
    assert all(set(found) == {"fidelity 1"} for line in newest for found in line["evidence"].values())
    shown = json.loads((tmp_path / "r.json").read_text())["measured"][0]["values"]
    assert set(shown) == {"psnr", "ssim"}


def test_when_time_is_up_a_picture_is_finished_and_the_same_command_goes_on(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    command = ("evaluate", pictures, "--semantics", "none", "--points", "10,20", "--metric", "psnr", "--jobs", "1",
               "--json", tmp_path / "r.json", "--minutes", "0")  # fmt: skip
    for count in (1, 2):
        finished = jpadse(*command)
        assert finished.code == 0, finished.err
        results = json.loads((tmp_path / "r.json").read_text())
        assert len(results["pictures"]) == count
        assert len(results["measured"]) == 4 * count
        assert any("1 of 2 pictures" in notice for notice in results["notices"]) is (count == 1)


def test_a_picture_whose_enhancement_is_lost_is_not_measured_as_enhanced(astronaut: RgbImage) -> None:
    class Failing(BlurEnhancer):
        def enhance(self, rgb: RgbImage, *given: Any) -> RgbImage:
            if decoding:
                raise RuntimeError("out of sorts")
            return super().enhance(rgb, *given)

    decoding = False
    coded = encode_at(build_pipeline("jpeg", None, Failing()), astronaut, Point("quality", 20))
    decoding = True
    with pytest.raises(EnhancerError, match=r"not enhanced.*out of sorts"):
        coded.decode("perception")


@pytest.mark.parametrize("semantics", [None, "deeplab"])
def test_a_rate_is_not_exceeded_and_the_next_quality_would_exceed_it(
    semantics: str | None, astronaut: RgbImage
) -> None:
    pipeline = build_pipeline("jpeg", semantics, "default" if semantics else None)
    coded = encode_at(pipeline, astronaut, Point("bpp", 0.8))
    budget = 0.8 * astronaut.shape[0] * astronaut.shape[1] / 8
    assert len(coded.data) <= budget
    assert len(encode_at(pipeline, astronaut, Point("quality", (coded.quality or 0) + 1)).data) > budget
    with pytest.raises(RateUnreachable, match="at its lowest quality"):
        encode_at(pipeline, astronaut, Point("bpp", 0.01))


def test_a_rate_out_of_reach_is_a_notice_and_leaves_its_point_out(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    finished = jpadse(
        "evaluate", pictures / "coffee.png", "--semantics", "none", "--bpp", "0.01,0.6,0.9,1.4", "--metric", "psnr",
        "--jobs", "1", "--json", tmp_path / "r.json",
    )  # fmt: skip
    assert finished.code == 0, finished.err
    document = json.loads((tmp_path / "r.json").read_text())
    assert any("does not reach 0.01 bpp" in notice for notice in document["notices"])
    assert [point["point"] for point in document["curves"][0]["points"]] == ["0.6 bpp", "0.9 bpp", "1.4 bpp"]


def test_the_codecs_own_extractor_judges_only_where_it_is_asked_to(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    common = ("evaluate", pictures / "coffee.png", "--points", "10,20,40", "--metric", "psnr",
              "--jobs", "1", "--json", tmp_path / "r.json")  # fmt: skip
    for name in ("deeplab", "jpadse:deeplab"):
        refused = jpadse(*common, "--segmenter", name)
        assert refused.code == 2
        assert "--own-extractor" in refused.err
    assert jpadse(*common, "--segmenter", "deeplab", "--own-extractor", "--semantics", "deeplab").code == 0
    document = json.loads((tmp_path / "r.json").read_text())
    assert any("extractor of the files under test" in notice for notice in document["notices"])
    assert {"miou-agreement", "pixel-agreement"} <= set(document["measured"][0]["values"])


def test_a_network_with_the_weights_of_the_files_extractor_is_that_extractor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "net.tflite", tmp_path / "other.tflite"
    file.write_bytes(b"weights")
    other.write_bytes(b"other weights")
    (tmp_path / "strange-1.dist-info").mkdir()
    (tmp_path / "strange-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1\n")
    (tmp_path / "strange-1.dist-info" / "entry_points.txt").write_text("[jpadse.semantics]\nown = strange_net:Own\n")
    (tmp_path / "strange_net.py").write_text(
        "from jpadse_core.testing.stand_ins import BandExtractor\n"
        f"class Own(BandExtractor):\n    name = 'own'\n    digest = '{file_digest(file)}'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = Settings(("jpeg",), {}, semantics=("own", "none"))
    assert judged_by_own(settings, str(file))
    assert not judged_by_own(settings, str(other))
    assert not judged_by_own(settings, "deeplab")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--points", "5,10,20"), "give --json"),
        (("--json", "r.json"), "has no points"),
        (("--json", "r.json", "--points", "5,ten"), "no list of numbers"),
        (("--json", "r.json", "--points", "webp=5"), "webp"),
        (("--json", "r.json", "--points", "5", "--preference", "beauty"), "beauty"),
        (("--json", "r.json", "--points", "5", "--size", "12x"), "no size"),
        (("--json", "r.json", "--points", "5,nan"), "no list of numbers"),
        (("--json", "r.json", "--bpp", "0,0.1"), "above 0"),
        (("--json", "r.json", "--points", "5,10", "--bpp", "0.1"), "--points and --bpp are both for all codecs"),
        (("--json", "-", "--points", "5"), "standard output has the tables"),
        (("--json", "r.json", "--points", "5", "--enhancer", "none"), "the plain codec is measured in any case"),
        (("--json", "r.json", "--points", "5", "--labels", "labels"), "give --segmenter too"),
        (("--json", "r.json", "--points", "5", "--own-extractor"), "give --segmenter too"),
        (("--json", "r.json", "--points", "5", "--label-ids", "cityscapes"), "give --segmenter too"),
        (("--json", "r.json", "--points", "5", "--segmenter", "x.tflite", "--label-ids", "cityscapes"), "--labels too"),
        (("--json", "r.out", "--points", "5", "--html", "r.out"), "two of the results would be written to r.out"),
        (("--csv", "r.csv", "--points", "5", "--markdown", "r-bd.csv"), "would be written to r-bd.csv"),
    ],
)
def test_wrong_usage_is_told_and_exits_with_two(
    arguments: tuple[str, ...], message: str, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    finished = jpadse("evaluate", pictures, *arguments)
    assert finished.code == 2
    assert message in finished.err


def test_what_a_picture_loses_is_told_once(tmp_path: Path, coffee: RgbImage, jpadse: Callable[..., Any]) -> None:
    folder = tmp_path / "commented"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(coffee[:48, :64]).save(folder / f"{number}.jpg", comment=b"by hand")
    finished = jpadse(
        "evaluate", folder, "--points", "10", "--metric", "psnr", "--semantics", "none",
        "--json", tmp_path / "r.json", "--jobs", "1",
    )  # fmt: skip
    assert finished.code == 0, finished.err
    assert [finished.err.count(f"{number}.jpg: comment not carried") for number in range(3)] == [1, 1, 1]


def test_results_are_not_written_over_a_picture(pictures: Path, jpadse: Callable[..., Any]) -> None:
    source = pictures / "coffee.png"
    before = source.read_bytes()
    finished = jpadse("evaluate", source, "--points", "10", "--json", source)
    assert finished.code == 2
    assert f"{source}: is the file to read" in finished.err
    link = pictures.with_name("link")
    link.symlink_to(pictures)
    for figures in (pictures, link):
        finished = jpadse("evaluate", source, "--points", "10", "--figures", figures)
        assert finished.code == 2
        assert "give figures a folder of their own" in finished.err
    finished = jpadse("bench", source, "--codec", "png", "--json", source)
    assert finished.code == 2
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--codec", "nonesuch"), 'codec "nonesuch" is not installed'),
        (("--metric", "nonesuch"), 'metric "nonesuch" is not installed'),
        (("--baseline", "nonesuch"), 'baseline "nonesuch"'),
        (("--codec", "png"), "no quality scale"),
        (("--labels", "nowhere", "--segmenter", "deeplab", "--own-extractor"), "no labels"),
        (("--points", "1000"), "quality"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_exits_with_one(
    arguments: tuple[str, ...], message: str, tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    points = () if "--points" in arguments else ("--points", "5,10,20")
    finished = jpadse("evaluate", pictures, *points, *arguments, "--json", tmp_path / "r.json", "--jobs", "1")
    assert finished.code == 1
    assert message in finished.err
    assert not (tmp_path / "r.json").exists()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, coffee: RgbImage) -> tuple[int, str, dict[str, Any]]:
    """Exit code, stderr and JSON of an evaluation of a photograph with labels, a tiny one without, and a file that is
    no picture."""
    folder = tmp_path_factory.mktemp("mixed")
    for name in ("pictures", "labels"):
        (folder / name).mkdir()
    Image.fromarray(coffee).save(folder / "pictures" / "coffee.png")
    Image.fromarray(coffee[:48, :48]).save(folder / "pictures" / "tiny.png")
    (folder / "pictures" / "broken.png").write_bytes((folder / "pictures" / "coffee.png").read_bytes()[:900])
    Image.fromarray(np.zeros(coffee.shape[:2], np.uint8)).save(folder / "labels" / "coffee.png")
    finished = subprocess.run(
        [sys.executable, "-m", "jpadse_core", "evaluate", folder / "pictures", "--labels", folder / "labels",
         "--segmenter", "deeplab", "--semantics", "none", "--points", "10,20,40", *FAST, "--json", folder / "r.json",
         "--html", folder / "r.html", "--markdown", folder / "r.md"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "- failed: broken: " in (folder / "r.md").read_text()
    return finished.returncode, finished.stderr, json.loads((folder / "r.json").read_text())


def test_a_broken_picture_is_told_and_costs_no_other(mixed: tuple[int, str, dict[str, Any]]) -> None:
    code, told, document = mixed
    assert code == 1
    assert "the others are written" in told
    assert "broken.png" in document["failures"]["broken"]
    assert [picture["name"] for picture in document["pictures"]] == ["coffee", "tiny"]
    assert [len(curve["points"]) for curve in document["curves"]] == [3, 3]


def test_a_figure_that_is_not_defined_for_a_picture_says_so(mixed: tuple[int, str, dict[str, Any]]) -> None:
    _, told, document = mixed
    notice = next(notice for notice in document["notices"] if notice.startswith("ms-ssim is not defined for tiny"))
    assert notice in told
    point = document["curves"][0]["points"][0]["values"]
    assert point["ms-ssim"]["value"] is None
    assert point["psnr"]["value"] > 20


def test_pictures_without_labels_are_left_out_of_what_is_measured_against_labels(
    mixed: tuple[int, str, dict[str, Any]],
) -> None:
    document = mixed[2]
    assert any("leave out pictures without any: tiny" in notice for notice in document["notices"])
    values = {m["picture"]: set(m["values"]) for m in document["measured"]}
    assert "miou" in values["coffee"]
    assert "miou" not in values["tiny"]
    assert "miou-agreement" in values["tiny"]


def test_labels_of_another_size_than_their_picture_are_refused(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    Image.new("L", (92, 84)).save(labels / "coffee.png")
    finished = jpadse("evaluate", pictures / "coffee.png", "--points", "10", "--segmenter", "deeplab",
                      "--own-extractor", "--labels", labels, "--json", tmp_path / "r.json")  # fmt: skip
    assert finished.code == 1
    assert "coffee.png: is of 92 x 84, its picture of 184 x 168" in finished.err


def test_every_package_that_judged_is_told_by_its_version(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jpadse: Callable[..., Any]
) -> None:
    (tmp_path / "boxing_ring-3.1.dist-info").mkdir()
    (tmp_path / "boxing_ring-3.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Boxing-Ring\nVersion: 3.1\n"
    )
    (tmp_path / "boxing_ring-3.1.dist-info" / "top_level.txt").write_text("boxing\n")
    (tmp_path / "boxing.py").write_text("def detect(rgb):\n    return [(1, 0.9, 0, 0, 1, 1)]\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    command = ("evaluate", pictures / "coffee.png", "--semantics", "none", "--points", "10", "--jobs", "1",
               "--json", tmp_path / "r.json", "--html", tmp_path / "r.html")  # fmt: skip
    finished = jpadse(*command, "--metric", "ssimulacra2", "--detector", "boxing:detect")
    assert finished.code == 0, finished.err
    versions = json.loads((tmp_path / "r.json").read_text())["versions"]
    assert versions["boxing-ring"] == "3.1"
    assert versions["scipy"] == version("scipy")
    assert "boxing-ring 3.1" in (tmp_path / "r.html").read_text()


def test_what_a_metric_lacks_is_told_and_no_other_takes_its_place(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jpadse: Callable[..., Any]
) -> None:
    monkeypatch.setenv("JPADSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("jpadse_plugin_evaluate.measures.butteraugli._PROGRAM", "no_such_program")
    command = ("evaluate", pictures / "coffee.png", "--semantics", "none", "--points", "10", "--jobs", "1",
               "--json", tmp_path / "r.json")  # fmt: skip
    for metric, wanted in (("butteraugli", "no_such_program is not on the path"), ("fid", "inception-2015-12-05.pt")):
        refused = jpadse(*command, "--metric", "psnr", "--metric", metric)
        assert (refused.code, wanted in refused.err) == (1, True), refused.err
        assert not (tmp_path / "r.json").exists()
    finished = jpadse(*command)
    assert finished.code == 0, finished.err
    document = json.loads((tmp_path / "r.json").read_text())
    notice = next(notice for notice in document["notices"] if notice.startswith("without butteraugli: "))
    assert notice in finished.err
    names = [figure["name"] for figure in document["figures"]]
    assert names == ["psnr", "psnr-y", "ssim", "psnr-b", "ms-ssim", "ssimulacra2"]


def test_a_folder_without_pictures_is_told(tmp_path: Path, jpadse: Callable[..., Any]) -> None:
    finished = jpadse("evaluate", tmp_path, "--points", "5", "--json", tmp_path / "r.json")
    assert finished.code == 1
    assert "holds no pictures" in finished.err


class Raising:
    """A stranger's metric that fails on every picture."""

    identity = "raising"
    figures = (Figure("raising", "", True, "distortion"),)

    def measure(self, case: Case) -> dict[str, float]:
        raise ZeroDivisionError("of its own")


def test_a_metric_that_raises_costs_no_other_and_is_tried_again(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = Panel(("psnr",))
    monkeypatch.setattr(measuring, "measures_of", lambda panel: (Raising(), *measures_of(panel)))
    source = find_pictures((pictures / "coffee.png",))[0]
    psnr = measures_of(panel)[0].identity
    wanted = (("", ("raising", psnr)),)
    record = perform(Job("key", source, None, PLAIN_JPEG, Point("quality", 10), wanted, panel))
    assert record.evidence[""][psnr]["psnr"] > 20
    assert record.failures == {"raising": 'metric "raising" failed: ZeroDivisionError: of its own'}
    assert record.lacks("", "raising")
    assert not record.lacks("", psnr)


def test_what_an_earlier_search_found_is_not_searched_again(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel(("psnr",))
    source = find_pictures((pictures / "coffee.png",))[0]
    wanted = (("", (measures_of(panel)[0].identity,)),)
    job = Job("key", source, None, PLAIN_JPEG, Point("bpp", 0.8), wanted, panel)
    searched = perform(job)
    monkeypatch.setattr(encoding, "meet", None)
    assert perform(replace(job, found=searched.quality)).size == searched.size


def test_every_map_is_sent_where_its_bytes_weigh_nothing(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    def map_bytes(*options: str) -> list[int]:
        command = ("evaluate", pictures, "--points", "5", "--metric", "psnr", "--jobs", "1", *options)
        assert jpadse(*command, "--json", tmp_path / "r.json").code == 0
        measured = json.loads((tmp_path / "r.json").read_text())["measured"]
        return [entry["sections"].get("label_map", 0) for entry in measured if entry["curve"]["variant"] == "deeplab"]

    assert not any(map_bytes())
    assert all(map_bytes("--semantics-rate", "0"))


def test_a_size_is_the_longer_side_or_both(pictures: Path) -> None:
    assert read_rgb(pictures / "coffee.png", 92).shape == (84, 92, 3)
    assert read_rgb(pictures / "coffee.png", 1000).shape == (168, 184, 3)
    assert read_rgb(pictures / "coffee.png", (100, 50)).shape == (50, 100, 3)


def test_names_are_escaped_in_the_page(tmp_path: Path, coffee: RgbImage, jpadse: Callable[..., Any]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(coffee).save(folder / "<img src=x onerror=alert(1)>.png")
    finished = jpadse(
        "evaluate", folder, "--semantics", "none", "--points", "5,10,20", "--metric", "psnr", "--jobs", "1",
        "--html", tmp_path / "r.html",
    )  # fmt: skip
    assert finished.code == 0, finished.err
    page = (tmp_path / "r.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_page_shows_the_figures_that_were_asked_for(
    tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]
) -> None:
    finished = jpadse(
        "evaluate", pictures / "coffee.png", "--semantics", "none", "--points", "10", "--metric", "psnr-b",
        "--jobs", "1", "--html", tmp_path / "r.html",
    )  # fmt: skip
    assert finished.code == 0, finished.err
    page = (tmp_path / "r.html").read_text()
    assert "the first picture, as none has a BD-rate" in page
    assert "psnr-b" in page
    assert "psnr-y" not in page


def test_bench_gives_speed_memory_and_ratios(tmp_path: Path, pictures: Path, jpadse: Callable[..., Any]) -> None:
    finished = jpadse(
        "bench",
        pictures / "coffee.png",
        "--semantics",
        "none",
        "--runs",
        "1",
        "-q",
        "20",
        "--json",
        tmp_path / "b.json",
    )
    assert finished.code == 0, finished.err
    plain, enhanced = json.loads((tmp_path / "b.json").read_text())
    assert (plain["variant"], enhanced["variant"]) == ("plain", "none-semantics")
    assert plain["encode"]["times_plain"] == plain["decode"]["times_plain"] == 1
    assert enhanced["decode"]["times_plain"] == pytest.approx(enhanced["decode"]["warm"] / plain["decode"]["warm"])
    assert plain["encode"]["megapixels"] == pytest.approx(168 * 184 / 1e6)
    assert enhanced["encode"]["bytes"] > plain["encode"]["bytes"]
    assert enhanced["encode"]["memory"] is None or enhanced["encode"]["memory"] > 20


def test_folders_are_no_pictures_and_links_to_nothing_are_named(pictures: Path, tmp_path: Path) -> None:
    shutil.copy(pictures / "coffee.png", tmp_path)
    (tmp_path / "folder.png").mkdir()
    assert [source.name for source in find_pictures((tmp_path,))] == ["coffee"]
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(ImageError, match=r"link\.png: is a link to nothing"):
        find_pictures((tmp_path,))
