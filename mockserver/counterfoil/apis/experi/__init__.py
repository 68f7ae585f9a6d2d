"""Experi: clients, invoices that are sent and paid, and invoices that recur. Read `api.py` first."""
