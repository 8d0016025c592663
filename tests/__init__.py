"""The suite: every test says in its docstring which fact it holds."""
