"""The soak (`make soak`): hours of mixed traffic with faults, to see whether anything grows that should not.

    traffic    customers at every door, colleagues, strangers and machines; each step chosen by chance, at a given pace
    ground     one process on one machine, or five on RabbitMQ and PostgreSQL; the faults that they survive
    measuring  what is looked at: memory, file handles, threads, tasks, rows of the tables of work, files, queues
    judging    whether a row of figures grows: pure, and tested

Nobody is killed here: what a process collects over hours is what this looks for; `make faults` kills. At the end the
doors are left alone until nothing is on its way, and then nothing may be left in outbox, queues, spool or parked.

How it is decided that something grows, in short (judging.py): the first third is warm-up. Of the rest a straight line
is fitted; what it rises from its beginning to its end must be more than a bound for that figure, more than twice the
scatter around it, and its second half must rise too: a curve that flattens is a cache that has filled.
"""
