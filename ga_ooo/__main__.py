"""``python -m ga_ooo``."""

import sys

from ga_ooo.cli.main import run_process

if __name__ == "__main__":
    sys.exit(run_process())
