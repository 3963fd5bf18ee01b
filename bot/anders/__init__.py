"""The ander: evidence and expertise, choosing whom to ask, and the invitation's life."""
