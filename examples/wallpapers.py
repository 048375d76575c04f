"""Photos for training out of Debian's packages of wallpapers: of other cameras, made small, which leaves them clean.

    python examples/wallpapers.py DATA/photos/wallpapers

Downloads six packages (`apt-get download`, about 200 MB), unpacks them (`dpkg-deb`) and writes the photos among their
pictures as PNG, about 1,400 pixels wide. Their licences, by the packages' copyright files: GPL-2+ (Plasma, MATE), CC BY
4.0, CC BY-SA 3.0 and 4.0 and CC0 (Lomiri), CC BY-SA 3.0 and LGPL (LXQt), GPL-2+ and GFDL (digiKam).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

PHOTOS = {
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


def main() -> None:
    """Download, unpack and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for package, names in PHOTOS.items():
            subprocess.run(["apt-get", "download", "-qq", package], cwd=work, check=True)
            (archive,) = Path(work).glob(f"{package}_*.deb")
            unpacked = Path(work) / package
            subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
            for name, path in photos_of(unpacked, names.split()):
                with Image.open(path) as picture:
                    made_small(picture).save(folder / f"{name}.png")
    print(f"{len(list(folder.glob('*.png')))} photos in {folder}")


if __name__ == "__main__":
    main()
