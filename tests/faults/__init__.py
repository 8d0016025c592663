"""The fault rig: it tries to lose a complaint, or to answer one twice (`make faults`).

    points      the steps at which a daemon can be made to die, stop, or find its disk full; put in by the rig alone
    mistakes    nine known mistakes, put into a daemon's process by name: the rig must find each of them
    clock       the time that every process goes by; it can jump
    said        what customers and staff say, each time with a mark of its own
    doors       seven ways in, each with its source, and with what its customers receive there
    workload    complaints, what is added to them, commands of staff; what is known of it outside the daemon
    forking     daemons that start quickly, since everything is imported once
    receivers   the customers' mail server: kind, slow, refusing, or gone before it has answered
    scenario    what happens in one scenario, drawn from its seed
    process     one process of an installation, its lives, what it says of itself
    installation  one machine, or several hosts on RabbitMQ and PostgreSQL; what meets them there
    trouble     what meets an installation from outside, drawn
    breaking    what a trouble does to a way, or to a process
    proxy       the ways to the servers: cut, reset, silent, slow
    servers     what is done to RabbitMQ and PostgreSQL
    disk        one machine's disk, which can be full
    grounds     what stands for a whole run
    rig         an installation, what goes on there, one scenario after another; the timeline
    checking    what must be true afterwards, and what was found instead
    counting    the figures

A run is a row of installations; in each a number of scenarios follow one another, since what an earlier one left behind
is what a later one must cope with. After the last the doors are shut, everything settles, and it is checked:

1. What a source heard confirmed has exactly one effect: a complaint opens a case, what is added to it joins that case,
   a command is done. What was never confirmed has at most one.
2. Each case has exactly one acknowledgement, or says why not, in the language of all that was said. Customers get what
   was sent, once, about their own case. Copies of a mail under one Message-ID are one, and there are no more of them
   than letters in doubt.
3. Events reach a subscriber without gap, none before an earlier one.
4. Projections are the fold of the events. Nothing waits, nothing is parked, unaccounted is 0.
5. A clock is warned of and runs out once, and never where what met it had been published before.

A failing installation leaves its folder: the journal of every life and the timeline. `SEED=n` plays it again.
"""
