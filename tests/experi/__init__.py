"""Tests of Experi."""
