"""What the walk is for: a bar with the goal, a box with the scenario's text and what was seen."""
