"""Changes of models, and what notices each: runs inside a rendered project."""
