"""`python -m softstep`."""

from softstep.cli import main

main()
