"""Commands: what somebody wants done with a case, from whichever door; pure functions, one table by name.

    table      every command: its data, who may, in which states, what it does
    gate       finds the case, asks who may, reads the data; what is refused, and with which words
    data       what a command's data is made of
    doing      one command in hand, and how its effects are put together
    course     accepting, triage, assigning, what was found and done
    people     consulting, who the sender is, contacts of another case
    telling    asking, progress, extending
    answering  the answer, and what was solved at once
    posting    tasks, letters by post, notices that wait for a person
    files      what lies in quarantine
    ending     closing and taking up again, what was no complaint after all
    stages     escalation, outside bodies, deadlock

Rules
-----
1. A command is `(Doing, its data) -> Effects`. Command line, HTTP, AMQP and mail give the same command.
2. A refusal changes nothing. It has a code of `refusals` in words.yaml, what is missing (codes of `parts`), what may be
   written instead, and the clause that asks for it.
3. What staff wrote is content; events hold codes (intake_daemon/events).
4. What the policy asks is read from the policy under which the case stands (R-10), never from a brand's name.
"""

from router.commands.gate import ENDING, FILES, MOVES, command, keys
from router.commands.table import ROLES, TABLE, Ability

__all__ = ["ENDING", "FILES", "MOVES", "ROLES", "TABLE", "Ability", "command", "keys"]
