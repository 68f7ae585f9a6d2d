"""The papers of commerce: invoices as PDF, their QR codes, and the audit file of a month.

Pure renderers of plain values: the same values are the same bytes, always. Nothing here knows a world, a
store or a clock. Each API turns its own records into these values.
"""
