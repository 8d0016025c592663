"""The ground: brokers, spool, vault, and what else both halves stand on."""
