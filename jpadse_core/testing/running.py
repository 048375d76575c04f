"""Running a suite on an installed component, without test files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from jpadse_core.errors import PluginError
from jpadse_core.plugins.discovery import Component, Kind

_SUITES: Mapping[Kind, str] = {
    "codec": "CodecTests",
    "semantics": "SemanticExtractorTests",
    "enhancer": "EnhancerTests",
    "metric": "MetricTests",
    "command": "CommandTests",
    "hook": "HookTests",
}
_TEST_FILE = """
from jpadse_core import testing
from jpadse_core.plugins.loading import load


class TestInstalled(testing.{suite}):
    smallest_side = {smallest_side}

    def make(self):
        return load({kind!r}, {name!r}, {options!r})
"""


@dataclass(frozen=True)
class Outcome:
    """What one check found.

    Attributes:
        check: what is checked, in words.
        result: `passed`, `failed`, or `skipped` where it does not apply.
        cause: why it failed or does not apply; empty where it passed.
    """

    check: str
    result: Literal["passed", "failed", "skipped"]
    cause: str = ""


class _Recorder:
    """A pytest plugin that keeps the outcome of every test."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            check = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ").replace("[", " [")
            self.outcomes.append(Outcome(check, report.outcome, _cause(report)))


def _cause(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        first = str(crash.message if crash is not None else report.longrepr).partition("\n")[0]
        return first.removeprefix("AssertionError: ").removeprefix("Failed: ")
    return ""


def run_suite(component: Component, options: Mapping[str, str], smallest_side: int = 1) -> list[Outcome]:
    """Hold an installed component to the suite of its kind, in this process.

    Args:
        component: what is checked.
        options: what its constructor takes, for an extractor or enhancer with `Options`.
        smallest_side: see `CodecTests`.

    Raises:
        PluginError: pytest could not run it.
    """
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    recorder = _Recorder()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_installed.py"
        made = {"kind": component.kind, "name": component.qualified, "options": dict(options)}
        suite = _TEST_FILE.format(suite=_SUITES[component.kind], smallest_side=smallest_side, **made)
        path.write_text(suite)
        quietly = ["-p", "no:terminal", "-p", "no:cacheprovider", "--import-mode=importlib"]
        code = pytest.main([*quietly, "-c", os.devnull, "--rootdir", folder, str(path)], plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not recorder.outcomes:
        raise PluginError(f"pytest ended with exit code {int(code)} before it could check {component.qualified}")
    return recorder.outcomes
