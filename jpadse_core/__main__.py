"""`python -m jpadse_core` is the command `jpadse`."""

from jpadse_core.cli.main import main

main()
