"""The command `jpadse`: one file a command, imported only when it is called."""
