"""Questions about pipes: what is near, may I drill, what feeds this, what must I close."""
