"""The sequence diagram: what passed between client, kernel and server. Pure, without text."""
