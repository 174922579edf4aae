"""What changes, told to whoever watches."""
