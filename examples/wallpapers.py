"""Photos for training out of packages of wallpapers: of other cameras, made small, which leaves them clean.

    python examples/wallpapers.py DATA/photos/wallpapers

Downloads six packages of Debian's (`apt-get download`, about 200 MB) and 84 of Ubuntu's (1.6 GB; by the addresses,
checksums and paths in `ubuntu-wallpapers.txt`), unpacks them (`dpkg-deb`) and writes the photos among their pictures as
PNG, about 1,400 pixels wide, 1.6 GB in all. Their licences, by the packages' copyright files: GPL-2+ (Plasma, MATE), CC
BY 4.0, CC BY-SA 3.0 and 4.0 and CC0 (Lomiri), CC BY-SA 3.0 and LGPL (LXQt), GPL-2+ and GFDL (digiKam); Ubuntu's: CC0
and CC BY-SA 4.0 (Budgie), CC BY-SA 3.0 (Kylin, Studio), CC BY-SA and CC0 (Ubuntu, GNOME, MATE, Cinnamon), CC BY 3.0 and
4.0 and CC0 (Xubuntu), GPL (Edgy, Unity, some of MATE, Cinnamon, Kylin and Xubuntu).
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

DEBIAN = {
    "plasma-workspace-wallpapers": "BytheWater ColdRipple EveningGlow FallenLeaf Grey Kite Kokkini OneStandsOut Path "
    "Shell Volna summer_1am",
    "lomiri-wallpapers-16.04": "Bridge_by_Sander_Klootwijk Dragonfly_by_Bolly Picture_0B_by_freespace "
    "Picture_1A_by_freespace Wine_by_Jakkub_Mede aitzgorri_by_Aitzol_Berasategi analogpattern_by_Peter_Nerlich "
    "free_by_Peter_Nerlich friends_by_Aitzol_Berasategi greentock_by_Peter_Nerlich life_by_Aitzol_Berasategi "
    "picosdeeuropa_by_Aitzol_Berasategi seeding_by_Clements_Engelhardt sunset_by_Aitzol_Berasategi",
    "lomiri-wallpapers-20.04": "Kleiber_by_Lukas_Baubkus",
    "mate-backgrounds": "Aqua Blinds Dune FreshFlower Garden GreenMeadow LadyBird RainDrops Storm TwoWings Wood "
    "YellowFlower",
    "lxqt-themes": "Butterfly-Kenneth-Wimer Valendas after-the-rain appleflower beam butterfly cloud drop flowers fog "
    "this-is-not-windows",
    "digikam-data": "body-background",
}
"""What of each package is a photo, by the name of its file, or of Plasma's folder of it."""
UBUNTU = "http://archive.ubuntu.com/ubuntu/"
_LARGE, _USUAL = 2_000, 1_600


def photos_of(unpacked: Path, names: list[str]) -> Iterator[tuple[str, Path]]:
    """The largest file of each photo in an unpacked package."""
    pictures = [path for path in sorted(unpacked.rglob("*")) if path.suffix in (".jpg", ".png") and path.is_file()]
    for name in names:
        found = [path for path in pictures if path.stem == name or path.parts[-4] == name]
        yield name, max(found, key=lambda path: path.stat().st_size)


def made_small(picture: Image.Image) -> Image.Image:
    """At half of its size or less, or two thirds where it is small already."""
    largest = max(picture.size)
    factor = max(2, round(largest / _USUAL)) if largest > _LARGE else 1.5
    width, height = (round(side / factor) for side in picture.size)
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def from_debian(work: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of every photo in Debian's packages, unpacked into `work` one at a time."""
    for package, names in DEBIAN.items():
        subprocess.run(["apt-get", "download", "-qq", package], cwd=work, check=True)
        (archive,) = work.glob(f"{package}_*.deb")
        yield from photos_of(unpack(archive), names.split())


def from_ubuntu(work: Path) -> Iterator[tuple[str, Path]]:
    """As `from_debian`.

    Raises:
        ValueError: a package is another than the one that was looked through.
    """
    unpacked = work
    for line in Path(__file__).with_name("ubuntu-wallpapers.txt").read_text().splitlines():
        if line.startswith("\t"):
            photo = unpacked / line[1:]
            yield photo.stem, photo
            continue
        address, checksum = line.split()
        with urllib.request.urlopen(UBUNTU + address) as answer:
            given = answer.read()
        if hashlib.sha256(given).hexdigest() != checksum:
            raise ValueError(f"{address}: not the package whose photos were chosen, by its sha256")
        archive = work / Path(address).name
        archive.write_bytes(given)
        unpacked = unpack(archive)


def unpack(archive: Path) -> Path:
    """A package's files; the package itself is removed."""
    unpacked = archive.with_suffix("")
    subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
    archive.unlink()
    return unpacked


def main() -> None:
    """Download, unpack and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for source in (from_debian, from_ubuntu):
        with tempfile.TemporaryDirectory() as work:
            for name, path in source(Path(work)):
                with Image.open(path) as picture:
                    made_small(picture).save(folder / f"{name}.png")
    print(f"{len(list(folder.glob('*.png')))} photos in {folder}")


if __name__ == "__main__":
    main()
