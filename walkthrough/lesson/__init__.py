"""Joins events with source, notes and scenario. Knows neither the screen nor the capture."""
