"""The built viewer and the pictures made on the server."""
