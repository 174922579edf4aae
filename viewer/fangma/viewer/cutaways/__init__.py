"""Cut-away pictures of hidden things, drawn on the server in a process of their own."""
