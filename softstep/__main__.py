"""The entry point of `softstep` and `python -m softstep`."""

import gc
import os
import sys


def main() -> None:
    """Import the command line and run it; Ctrl-C ends both with status 130."""
    gc.disable()  # the process ends before collecting garbage would pay
    for library in (
        "OPENBLAS",
        "MKL",
    ):  # starting BLAS threads would take half of a small command's time; blocks have their own
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    try:
        from softstep.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
