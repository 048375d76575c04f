"""The suite for commands."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from jpadse_core.testing.component import InstalledTests


class CommandTests(InstalledTests):
    """Holds a command to its contract: a click command with help, whose module costs nothing to import.

    Attributes:
        component: the command itself.
    """

    kind = "command"

    def make(self) -> Any:
        """The command, of which there is one."""
        return vars(type(self))["component"]

    def home(self, subject: click.Command) -> str:
        """The module of the function behind the command."""
        return str(getattr(subject.callback, "__module__", type(subject).__module__))

    def test_it_has_help(self, subject: click.Command) -> None:
        assert subject.get_short_help_str(), "it has no help: give its function a docstring"
        shown = CliRunner().invoke(subject, ["--help"])
        assert shown.exit_code == 0, f"--help fails: {shown.exception!r}"

    def test_wrong_usage_is_exit_2(self, subject: click.Command) -> None:
        if isinstance(subject, click.Group):
            pytest.skip("a group passes its arguments on")
        shown = CliRunner().invoke(subject, ["--no-such-option-at-all"])
        assert shown.exit_code == 2, f"an unknown option gives exit {shown.exit_code}, not 2"
