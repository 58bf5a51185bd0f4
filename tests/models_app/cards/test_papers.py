from __future__ import annotations

from models_app.cards import metadata, papers


def test_it_finds_ids_in_every_usual_spelling():
    text = """[A](https://arxiv.org/abs/1706.03762v5) https://arxiv.org/pdf/2005.14165.pdf
    arXiv:1910.10683 and https://huggingface.co/papers/2302.13971, again arxiv.org/abs/1706.03762;
    not 1234.56789, arxiv.org/abs/hep-th/9901001 or arxiv.org/abs/1706.037621"""
    assert papers.cited_in(text) == ["1706.03762", "2005.14165", "1910.10683", "2302.13971"]


def test_it_keeps_a_bound():
    assert len(papers.cited_in(" ".join(f"arxiv:2001.{n:05d}" for n in range(99)))) == papers.MAX_CITED


def test_a_card_that_cites_is_tagged_once():
    readme = "---\ntags: ['arxiv:1706.03762']\n---\nhttps://arxiv.org/abs/1706.03762 https://arxiv.org/abs/2005.14165"
    tags = metadata.extract("model", readme, []).tags
    assert [tag for tag in tags if tag[1] == "arxiv"] == [
        ("arxiv:1706.03762", "arxiv"),
        ("arxiv:2005.14165", "arxiv"),
    ]
