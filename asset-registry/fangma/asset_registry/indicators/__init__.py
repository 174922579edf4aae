"""Figures of a site, and the index board made of them. Pure, but for reading the shipped packs."""
