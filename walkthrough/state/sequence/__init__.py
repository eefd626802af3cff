"""The ladder: what passed between client, kernel and server, told from events. Pure, no words."""
