"""Measures, ranks, bounds and charts of federal human trafficking cases."""
