"""How facts are spelled: strace's notation, Go's, and what is safe to print. Pure text."""
