"""What falls due when: calendars, terms, the clocks of each policy, and the command that prints them."""
