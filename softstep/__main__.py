"""Where the command starts: `softstep`, or `python -m softstep`."""

import gc
import sys


def main() -> None:
    """Import the command line and run it; Ctrl-C ends both with status 130."""
    gc.disable()  # the process ends before collecting garbage would pay
    try:
        from softstep.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
