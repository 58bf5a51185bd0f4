"""Scores, uncertainty and ranking on plain numbers and texts. Engines use the same functions."""
