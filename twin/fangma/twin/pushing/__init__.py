"""Push what the registry's outbox holds to addresses outside: signed, retried, logged."""
