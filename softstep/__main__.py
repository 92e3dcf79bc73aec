"""Where the command starts: `softstep`, or `python -m softstep`."""

import gc
import os
import sys


def main() -> None:
    """Import the command line and run it; Ctrl-C ends both with status 130."""
    gc.disable()  # the process ends before collecting garbage would pay
    for library in ("OPENBLAS", "MKL"):  # half of a small command's start would be threads, and a large one has its own
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    try:
        from softstep.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
