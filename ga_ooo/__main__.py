"""``python -m ga_ooo``."""

import sys

from ga_ooo.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
