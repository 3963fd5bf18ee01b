"""Matrix: connect, translate, render."""
