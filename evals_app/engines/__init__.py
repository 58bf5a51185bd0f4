"""Plain programs that do a job: `spec.json` in, events out, `result.json` out. See docs/engines.md.

They import nothing of the hub but `evals_app.metrics`, and heavy libraries only inside functions,
so that the first event leaves at once.
"""
