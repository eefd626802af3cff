"""One run of a server: who halts it, who acts as client, and who keeps the account of it."""
