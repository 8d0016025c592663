"""What an operator gets beside the daemon: alert rules, a dashboard, a runbook. They are held to the product, and to
each other."""
