"""The screens: home, a walk, help."""
