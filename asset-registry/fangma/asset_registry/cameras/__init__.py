"""Cameras: where they look and what is to be watched. Pictures are neither asked for nor kept."""
