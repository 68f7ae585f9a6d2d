"""InvoiceXpress, Portuguese invoicing. Read `api.py` first."""
