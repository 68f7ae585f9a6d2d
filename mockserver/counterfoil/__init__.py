"""Counterfoil: a stateful sandbox for invoicing APIs, and the contract tests that keep it honest."""

__version__ = "0.1.0"
