"""What is kept for a user: preferences, bookmarks, recordings. Knows no screen."""
