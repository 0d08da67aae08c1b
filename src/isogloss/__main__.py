"""The command `isogloss`, also as `python -m isogloss`."""

import sys


def main() -> int:
    """Run the command line; Ctrl-C ends it in order from the first import on.

    Returns:
        The exit status.
    """
    try:
        from isogloss.cli.app import main as run
    except KeyboardInterrupt:
        sys.stderr.write("isogloss: interrupted; nothing is kept: run the same command again\n")
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(main())
