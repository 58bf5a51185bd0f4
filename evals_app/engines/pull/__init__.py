"""Bring a repository from another hub here, as one commit with its origin in the message."""
