"""Expereon, the B2B invoice network. Read `api.py` first."""
