"""What differs between the processors that programs are traced on; nothing else asks for it."""
