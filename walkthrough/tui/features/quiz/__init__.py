"""Predict mode: what comes next is asked before it is shown."""
