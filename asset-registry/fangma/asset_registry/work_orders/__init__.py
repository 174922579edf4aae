"""Work orders (报修, 工单): what is broken where, who sees to it, and what became of it."""
