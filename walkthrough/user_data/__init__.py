"""What a user has chosen and what is remembered of it, in the config folder. Knows no screen."""
