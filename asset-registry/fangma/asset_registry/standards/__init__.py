"""The standard as data: dated, layered rule packs, and what can be read from them.

``packs/*.yaml`` hold the figures, each with its document, its clause and how sure we are of it;
``choosing`` finds those in force on a day in a place; ``standard`` answers questions about them.
"""
