"""The contract of an API: its tables under `specs/` as typed values, cross-checked when loaded."""
