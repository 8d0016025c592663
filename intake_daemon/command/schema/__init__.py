"""`intake schema`: what we say in public, as JSON Schema, AsyncAPI and OpenAPI, and the pages made from it.

message    the common message          asyncapi   exchanges, queues, what travels on them (AsyncAPI 3.0)
event      every event, as CloudEvents openapi    the API of the internal listener (OpenAPI 3.1)
commands   what can be done with a case, and the data that it needs
alerts     the rules for Prometheus        dashboard  the one for Grafana (both are files of ops/)
docs       docs/events.md, commands.md, settings.md, channels.md, letters/; `--check` says when one is stale

Everything is made from the types themselves, so none of it can say something else than the code does.
"""

from intake_daemon.command.schema.verb import schema

__all__ = ["schema"]
