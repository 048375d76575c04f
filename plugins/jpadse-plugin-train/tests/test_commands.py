"""The commands keep their contract: help, usage errors, and nothing heavy until they run."""

from __future__ import annotations

from jpadse_core.testing import CommandTests
from jpadse_plugin_train.commands import export, train


class TestTrain(CommandTests):
    component = train


class TestExport(CommandTests):
    component = export
