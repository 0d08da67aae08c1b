"""The command `isogloss`, also as `python -m isogloss`."""

import gc
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
    status = run()
    gc.freeze()  # or Python looks through all of torch as it ends: 1.5 s of one core
    return status


if __name__ == "__main__":
    sys.exit(main())
