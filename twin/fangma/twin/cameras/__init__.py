"""What cameras see of a storey and of the grounds, and what nobody sees."""
