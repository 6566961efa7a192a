"""The command line: `python -m lib --help`."""

import argparse
import importlib
import sys
from importlib.util import find_spec

from lib.errors import BookError

#: Modules that offer `add_command(subparsers)`; imported only when the command line runs.
COMMANDS = ["lib.check", "lib.ingest", "lib.summary", "lib.court_records"]


def parser() -> argparse.ArgumentParser:
    """The parser with one sub-command for each module of COMMANDS."""
    top = argparse.ArgumentParser(
        prog="python -m lib",
        description="Federal human trafficking cases: check the data, read and write summaries, count court records.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = top.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        if find_spec(name):
            importlib.import_module(name).add_command(subparsers)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; an error of the user's is one sentence on standard error and exit status 1."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BookError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
