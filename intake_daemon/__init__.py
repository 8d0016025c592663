"""The ground: words, contracts and queues. It knows connectors and the router by contract, never by name."""
