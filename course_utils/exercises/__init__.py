"""Exercises that answer back: the engine, and one module for each notebook."""
