"""What every component is held to, whatever its kind."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.plugins.discovery import Kind, discover
from jpadse_core.plugins.loading import missing_attributes
from jpadse_core.testing.pictures import textured

HEAVY = frozenset(
    {"compressai", "cv2", "jax", "matplotlib", "onnxruntime", "skimage", "tensorflow", "torch", "torchvision"}
)
"""What takes a second to import: a component's module leaves it to its methods, for `list-plugins --check`, and looking
for the codec that a file wants, import every module."""

WORKER_SECONDS = 300


class InstalledTests:
    """What a component of any kind is held to.

    Attributes:
        component: the class, or a function without arguments, that makes the component; or override `make`.
        heavy: modules that importing the component's module must not load.
    """

    kind: ClassVar[Kind]
    component: Any
    heavy: frozenset[str] = HEAVY

    def make(self) -> Any:
        """A new component."""
        return type(self).component()

    @pytest.fixture
    def subject(self) -> Any:
        """The component under test."""
        return self.make()

    def home(self, subject: Any) -> str:
        """The module that the component lives in."""
        return type(subject).__module__

    def test_it_has_what_its_interface_asks_for(self, subject: Any) -> None:
        missing = missing_attributes(self.kind, subject)
        assert not missing, f"this {self.kind} lacks {', '.join(missing)}: see jpadse_core.interfaces"
        assert isinstance(subject.name, str), "its name is no string"
        assert subject.name.isprintable(), f"its name {subject.name!r} is not printable"
        assert " " not in subject.name, f"its name {subject.name!r} has spaces"
        assert 0 < len(subject.name) < 100, f"its name {subject.name!r} is not 1 to 99 characters long"

    def test_it_is_installed_under_its_own_name(self, subject: Any) -> None:
        home = self.home(subject).partition(".")[0]
        declared = [component for component in discover(self.kind) if component.entry_point.module.startswith(home)]
        if not declared:
            pytest.skip(f"no installed distribution declares a {self.kind} of {home}: python -m pip install -e .")
        names = {component.name for component in declared}
        assert subject.name in names, f'it calls itself "{subject.name}", but is installed as {", ".join(names)}'

    def test_importing_its_module_prints_nothing_and_loads_nothing_heavy(self, subject: Any) -> None:
        module = self.importable_home(subject)
        script = f"import sys, {module}\nprint('LOADED', *sys.modules)"
        finished = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert finished.returncode == 0, f"importing {module} fails: {finished.stderr.strip().splitlines()[-1]}"
        printed, _, loaded = finished.stdout.rpartition("LOADED ")
        heavy = sorted(self.heavy & {name.partition(".")[0] for name in loaded.split()})
        assert not heavy, f"importing {module} loads {', '.join(heavy)}: import them inside the methods that need them"
        assert not printed, f"importing {module} prints {printed[:80]!r}"

    def importable_home(self, subject: Any) -> str:
        """As `home`; skips the test where other processes cannot import it."""
        module = self.home(subject)
        package = module.partition(".")[0]
        if not any(finder.find_spec(package, None) for finder in sys.meta_path):
            pytest.skip(f"{module} is not on sys.path, so other processes cannot import it")
        return module


class ComponentTests(InstalledTests):
    """What every component that is given pictures is held to. The suites subclass it; authors subclass those.

    Attributes:
        golden: a folder of golden files, in subfolders or not, or None. `write_golden` fills it.
        golden_tolerance: by how much a value may differ from a golden file's: 1 for a network, whose sums depend on the
            machine, and for a codec whose library's next version may round otherwise.
    """

    golden: Path | None = None
    golden_tolerance = 0

    @staticmethod
    def exercise(component: Any, rgb: RgbImage) -> bytes:
        """What the component makes of a picture, as bytes that can be compared. Given by each suite."""
        raise NotImplementedError

    def golden_outcome(self, component: Any, path: Path) -> Any:
        """What is compared with the array beside a golden file. Given by each suite that has golden files."""
        raise NotImplementedError

    def golden_inputs(self, component: Any) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of the golden files that `write_golden` makes. Given by each suite that has golden files."""
        raise NotImplementedError

    def test_the_same_picture_gives_the_same_result_again(self, subject: Any) -> None:
        rgb = textured(40, 56)
        first = self.exercise(subject, rgb.copy())
        assert self.exercise(subject, rgb.copy()) == first, "the second time, the same picture gave another result"
        assert self.exercise(self.make(), rgb.copy()) == first, "another instance gave another result"

    def test_threads_do_not_disturb_each_other(self, subject: Any) -> None:
        pictures = [textured(33 + 4 * seed, 47, seed) for seed in range(4)]
        alone = [self.exercise(subject, rgb.copy()) for rgb in pictures]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda rgb: self.exercise(subject, rgb.copy()), pictures * 2))
        assert together == alone * 2, "used by four threads at once, one instance gave other results than alone"

    def test_it_works_in_a_worker_process(self, subject: Any) -> None:
        self.importable_home(subject)
        try:
            pickle.dumps(subject)
        except Exception as error:
            pytest.fail(
                f"it cannot be pickled, so worker processes cannot use it: {type(error).__name__}: {error}; "
                "keep sessions and handles out of the instance, or leave them out in __getstate__"
            )
        rgb = textured(24, 40)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            there = pool.submit(type(self).exercise, subject, rgb).result(timeout=WORKER_SECONDS)
        assert there == self.exercise(subject, rgb.copy()), "in a worker process it gave another result"

    def test_the_golden_files_give_what_they_always_gave(self, subject: Any) -> None:
        from jpadse_core.testing.golden import check_golden

        if self.golden is None:
            pytest.skip("no golden files: set `golden` to a folder, and fill it with write_golden")
        check_golden(self.golden, lambda path: self.golden_outcome(subject, path), self.golden_tolerance)

    @classmethod
    def write_golden(cls, subfolder: str = "") -> None:
        """Fill the folder `golden`, or a folder in it: once for every released version of the component and of the file
        format, whose files then stay."""
        from jpadse_core.testing.golden import write_golden

        if cls.golden is None:
            raise ValueError(f"{cls.__name__}.golden names no folder")
        suite = cls()
        component = suite.make()
        write_golden(
            cls.golden / subfolder, suite.golden_inputs(component), lambda path: suite.golden_outcome(component, path)
        )
