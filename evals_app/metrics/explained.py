"""Which page explains a metric. The pages themselves are texts in both languages."""

from __future__ import annotations

PAGES: dict[str, tuple[str, ...]] = {
    "perplexity": ("byte_perplexity", "word_perplexity"),
    "bits-per-byte": ("bits_per_byte",),
    "bleu": ("bleu",),
    "chrf": ("chrf",),
    "ter": ("ter",),
    "rouge": ("rouge1", "rouge2", "rougeL"),
    "exact-match": ("exact_match", "quasi_exact_match"),
    "f1": ("f1", "f1_macro"),
    "accuracy": ("acc", "acc_norm", "acc_balanced"),
    "pass-at-k": ("pass_at_1", "pass_at_5", "pass_at_10"),
    "bias": ("stereotype_share", "stereotype_imbalance", "pair_difference"),
    "toxicity": ("toxic_share", "toxic_words"),
}
_PAGE_OF = {metric: page for page, metrics in PAGES.items() for metric in metrics}


def page_of(metric: str) -> str | None:
    """None for a learned metric, which its own model's card explains."""
    return _PAGE_OF.get(metric)
