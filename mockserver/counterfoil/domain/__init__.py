"""Pure business ideas: money, ledger, lifecycle and refusal. No I/O, clock, randomness or framework."""
