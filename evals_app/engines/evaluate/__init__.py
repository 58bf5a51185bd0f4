"""Measure a model on a benchmark with lm-evaluation-harness."""
