"""`python -m intake_daemon` is the `intake` command."""

from intake_daemon.command import main

main()
