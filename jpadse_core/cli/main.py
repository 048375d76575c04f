"""The command group: finds commands without importing them, and turns errors into one line."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from contextlib import redirect_stdout, suppress
from importlib import import_module
from typing import Any

import click

from jpadse_core import __version__
from jpadse_core.cli.failures import told

_COMMANDS = {
    "attach": ("attach", "Give an existing file a sidecar."),
    "check-plugin": ("check_plugin", "Hold an installed component to its contract."),
    "compare": ("compare", "Compare with the plain codec at equal bytes."),
    "config": ("config", "Check a pipeline's file, or print its schema."),
    "decode": ("decode", "Decode a file to a picture, enhanced."),
    "demo": ("demo", "Show what it does, on a picture of its own."),
    "encode": ("encode", "Encode a picture to a semantically enhanced file."),
    "info": ("info", "Tell what is in a file, byte by byte."),
    "list-plugins": ("list_plugins", "List installed components."),
    "new-plugin": ("new_plugin", "Write a new plugin, ready to be installed."),
}


_ANYWHERE = frozenset({"-v", "--verbose", "--quiet", "--debug", "--no-plugins"})


class LazyGroup(click.Group):
    """Knows names and one-line helps; imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Own commands, then those of plugins."""
        return [*_COMMANDS, *_plugin_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name in _COMMANDS:
            command: click.Command = import_module(f"jpadse_core.cli.{_COMMANDS[cmd_name][0]}").command
            return command
        from jpadse_core.plugins.discovery import discover
        from jpadse_core.plugins.loading import load

        claims = [component for component in discover("command") if cmd_name in (component.name, component.qualified)]
        if all(component.status == "blocked" for component in claims):
            return None

        with redirect_stdout(sys.stderr):
            loaded: click.Command = load("command", cmd_name)
        return loaded

    def invoke(self, ctx: click.Context) -> None:
        """Run, and drop what a command returns: outside click's standalone mode only an exit code may come back."""
        super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and one-line helps, without importing any command."""
        rows = [(name, text) for name, (_, text) in _COMMANDS.items()]
        rows += [(name, f"From {origin}.") for name, origin in _plugin_commands().items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def is_builtin(name: str) -> bool:
    """Whether JPADSE itself has a command of that name."""
    return name in _COMMANDS


def _plugin_commands() -> dict[str, str]:
    """How to call the commands of plugins, and where they are from. One whose name is taken is called by
    `distribution:name`."""
    from jpadse_core.plugins.discovery import discover

    usable = [component for component in discover("command") if component.status in ("ok", "conflict")]
    return {(c.qualified if c.status == "conflict" or is_builtin(c.name) else c.name): c.distribution for c in usable}


def _leave_plugins_out(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        os.environ["JPADSE_LOAD_PLUGINS"] = ""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jpadse")
@click.option("-v", "--verbose", is_flag=True, help="Tell more, on stderr.")
@click.option("--quiet", is_flag=True, help="Tell nothing but errors.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option(
    "--no-plugins",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_leave_plugins_out,
    help="Leave out all plugins but the built-in ones.",
)
@click.pass_context
def cli(ctx: click.Context, verbose: bool, quiet: bool, debug: bool) -> None:
    """Any image codec, semantically enhanced."""
    ctx.obj = {"verbose": verbose, "quiet": quiet, "debug": debug}
    for category in (UserWarning, RuntimeWarning):
        warnings.simplefilter("ignore" if quiet else "always", category)


def _group_options_first(arguments: list[str]) -> list[str]:
    """`jpadse info FILE --debug` as `jpadse --debug info FILE`, for the built-in commands."""
    command = next((index for index, argument in enumerate(arguments) if not argument.startswith("-")), None)
    if command is None or arguments[command] not in _COMMANDS:
        return arguments
    end = arguments.index("--") if "--" in arguments else len(arguments)
    movable = arguments[command:end]
    moved = [argument for argument in movable if argument in _ANYWHERE]
    kept = [argument for argument in movable if argument not in _ANYWHERE]
    return [*arguments[:command], *moved, *kept, *arguments[end:]]


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"warning: {message}", err=True)


def _give_memory_back() -> None:
    """Let freed blocks of a megabyte and more go back to the system, where the C library is glibc.

    It would raise the limit as such blocks are freed, and keep the holes that a network's tensors leave: about 280 MB
    behind some tiles of the default enhancer. A process of its own can ask for this; a library should not.

    Source: mallopt(3), M_MMAP_THRESHOLD.
    """
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(-3, 1 << 20)


class _Terminated(KeyboardInterrupt):
    """The process is asked to end."""


def _end_as_an_interrupt_does() -> None:
    """SIGTERM, and SIGHUP where nobody set it aside, undo half-made files too."""

    def end(*_: Any) -> None:
        raise _Terminated

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def main(arguments: list[str] | None = None) -> None:
    """The console script. Exits with 0, 1 for an error, 2 for wrong usage, 130 for an interruption, 143 for SIGTERM."""
    given = _group_options_first(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    warnings.showwarning = _show_warning
    _end_as_an_interrupt_does()
    try:
        _give_memory_back()
        code = cli.main(args=given, prog_name="jpadse", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stopped:
        click.echo("aborted", err=True)
        sys.exit(143 if _Terminated in (type(stopped), type(stopped.__cause__)) else 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        click.echo(f"error: {told(error)}", err=True)
        sys.exit(1)
    if code:
        sys.exit(code)
