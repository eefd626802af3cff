"""What `random_keys.py` is made of: what is typed, and the two ways to type it."""
