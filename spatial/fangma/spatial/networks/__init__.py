"""Networks of pipes: which parts are joined, what feeds what, and what shuts it off."""
