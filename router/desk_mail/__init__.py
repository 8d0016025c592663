"""Staff by mail: what our own people write to us, and what becomes of it.

    line       a mail's first line as a command, what stands below it as its words
    acting     the answer to a letter of ours: a command, the answer to a consultation, or a note of the case
    reporting  an employee who writes about a customer without forwarding their words
    morning    the list at 8:00
    monthly    the month's report to those who lead

Rules
-----
1. A command by mail is the command of every other door (router/commands): the same checks, the same refusals. Who acts
   is known by two things together: the token of a letter that went to this handler, and the handler's own address.
2. What is refused comes back at once, with what is missing and the clause; the mail is kept as a note all the same.
3. What goes to the customer stands below the first line, never on it: `Progress: I rang the lab` is refused, since it
   may be a note. Words are never left out: what a command has no place for is kept as a note.
4. A mail to the customer with us in copy is correspondence of the case, never a command. It is no acknowledgement and
   no `progress.sent`: who wants it to count says so with a command.
5. Nothing that staff write in answer to us opens a case (AT-X27).
"""

from router.desk_mail.acting import from_staff, keys
from router.desk_mail.monthly import PURPOSE as MONTHLY
from router.desk_mail.monthly import monthly
from router.desk_mail.morning import mornings, words
from router.desk_mail.reporting import receipt

__all__ = ["MONTHLY", "from_staff", "keys", "monthly", "mornings", "receipt", "words"]
