"""Mechanism figures: pure functions of numbers that return a matplotlib Figure."""
