"""A house is copied, brought back, or moved to other ground: `intake backup`, `intake restore`, `intake move`.

    verbs      the three commands
    backup     a copy of a house, also while it runs: in which order, so that nothing confirmed is missing
    restore    a house from such a copy: nothing erased comes back, what may have been sent is not sent twice
    move       from the embedded broker and SQLite to RabbitMQ and PostgreSQL; killed at any moment, called again
    ground     the house that is being filled, from its configuration
    tables     rows of one database into another, in pieces, counted and hashed
    letters    what waits in queues and spool, as lines of a file
    vaulted    originals and attachments, one after the other
    manifest   what a copy holds, and whether it is whole
    marks      an installation that has moved, or is not finished, does not start by mistake
    doubts     notices that may have been sent after the copy was taken
    erasures   the list outside the database of what was erased

Why it is so: docs/decisions/0012-backup-and-move.md
"""
