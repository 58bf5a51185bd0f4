"""A command in a container of its submitter's choice."""
