"""Who somebody is: passwords, one-time codes, sessions, lock-out. Knows no HTTP."""
