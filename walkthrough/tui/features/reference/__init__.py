"""What can be read up: the places that a step's notes name, and the glossary."""
