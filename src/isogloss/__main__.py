"""`python -m isogloss` is the command `isogloss`."""

import sys

from isogloss.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
