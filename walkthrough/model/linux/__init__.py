"""Tables of what Linux numbers and names: errors, socket constants, flags."""
