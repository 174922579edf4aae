"""The command line: thin commands over the folders, one module a group of commands.

Importing a command module must stay cheap (``fangma --help`` takes less than 0.4 s): what is heavy
is imported inside the command. A module has ``register(app)``, and is listed in ``cli.app``.
"""
