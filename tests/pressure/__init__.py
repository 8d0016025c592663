"""More comes in than goes out, played against a running daemon: what bounds it, who is told, that all goes on after it.

    pouring   mail servers that bring very much at once, over a few connections
    seeing    what the process, its metrics, its journal and its alert rules say meanwhile
    counted   a small disk where none may be mounted
    playing   an installation with a subscriber that nobody reads and a next mail server that is away

The suite has a small sample on a small disk; the proofs play what an hour may bring.
"""
