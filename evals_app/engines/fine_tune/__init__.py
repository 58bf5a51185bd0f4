"""Train a model further, or a small one from nothing, and publish it as a repository."""
