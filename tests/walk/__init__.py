"""The whole way, end to end: real servers in front and behind, the daemon as a process of its own, killed at will.

daemon      an installation in a temporary folder: configuration, start, kill -9, clean stop, start again
complaints  mails and forms in every language, each with words of its own
doors       sources that write down what they were told (250, 451, a reference), and come back as real ones do
account     the reckoning afterwards: what was confirmed against cases, letters, events and the balance

Every proof runs as a sample in `make test` and in full counts in `make proof`. Nothing in here imports the daemon to
run it: what is proved is what an operator starts.
"""
