"""The cards of the demo's data sets and benchmarks, and the declarations of the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

DJANGO_LICENCE = "license: bsd-3-clause"
PYTHON_LICENCE = "license: other\nlicense_name: psf-2.0\nlicense_link: https://docs.python.org/3/license.html"


@dataclass(frozen=True, slots=True)
class Counts:
    train: int
    validation: int
    test: int
    version: str


def corpus(title: str, front: str, body: str, counts: Counts) -> str:
    total = counts.train + counts.validation + counts.test
    size = "n<1K" if total < 1000 else "1K<n<10K"
    return f"""---
pretty_name: {title}
{front}
size_categories:
- {size}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train.parquet
  - split: validation
    path: data/validation.parquet
  - split: test
    path: data/test.parquet
---

# {title}

{body}

## Size

| split | rows |
| --- | ---: |
| train | {counts.train:,} |
| validation | {counts.validation:,} |
| test | {counts.test:,} |

No source text stands in two splits. Which split a text belongs to follows from a hash of the text, so it is the same wherever this data set is made.
"""  # noqa: E501


def translation_corpus(language: str, code: str, counts: Counts) -> str:
    front = f"""{DJANGO_LICENCE}
language:
- en
- {code}
task_categories:
- translation
multilinguality: translation
tags:
- interface-texts"""
    body = f"""English texts of the Django web framework {counts.version} and their translations into {language}: labels, messages, help texts. They were written and translated by Django's volunteers and come from the compiled catalogues inside the installed package.

| column | meaning |
| --- | --- |
| `source` | English text |
| `target` | {language} translation |
| `origin` | the part of Django it belongs to |

## How it was made

Singular and plural forms are separate rows. White space is reduced to single spaces. Left out: texts equal to their translation, texts longer than 300 characters, texts with HTML. Of texts that appear several times the first translation was kept. Placeholders such as `%(name)s` were kept.

## Licence

Django and its translations are under the BSD 3-clause licence, © Django Software Foundation and individual contributors.

## Limits

Very small, and of one domain: short interface texts of a web framework. A model trained on it alone does not translate other texts. Many rows are single words without context, for which other translations would be right as well."""  # noqa: E501
    return corpus(f"Django interface texts, English–{language}", front, body, counts)


def documentation_corpus(counts: Counts) -> str:
    front = f"""{PYTHON_LICENCE}
language:
- en
task_categories:
- text-generation
tags:
- documentation
- code"""
    body = f"""Documentation strings of the standard library of Python {counts.version}: of modules, classes and functions, from 100 to 4,000 characters, each once.

| column | meaning |
| --- | --- |
| `text` | the documentation string, indentation removed |
| `origin` | module and name it documents |

## How it was made

The source files were parsed, not imported. Test packages were left out.

## Licence

The Python Software Foundation License, version 2.

## Limits

Technical English of one project, with code examples and references to names that are not explained. Not filtered for anything but length."""  # noqa: E501
    return corpus("Python documentation strings", front, body, counts)


def summary_corpus(counts: Counts) -> str:
    front = f"""{PYTHON_LICENCE}
language:
- en
task_categories:
- summarization
tags:
- documentation
- code"""
    body = f"""Documentation strings of the standard library of Python {counts.version}, split at their first empty line: the body is the text to summarize, the first line its summary, as its author wrote it.

| column | meaning |
| --- | --- |
| `source` | the body, 80 to 1,200 characters |
| `target` | the first line, 15 to 120 characters |
| `origin` | module and name it documents |

## Licence

The Python Software Foundation License, version 2.

## Limits

A first line is not always a summary of what follows: bodies often add what the first line leaves out. So scores stay low even for good models, and only comparisons mean something."""  # noqa: E501
    return corpus("Python documentation summaries", front, body, counts)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`declaration` is benchmark.yaml; `front` the licence, languages and task of the card."""

    title: str
    front: str
    summary: str
    corpus: str
    declaration: str

    def card(self, rows: int) -> str:
        return f"""---
pretty_name: {self.title}
{self.front}
tags:
- benchmark
configs:
- config_name: default
  data_files:
  - split: test
    path: data/test.parquet
---

# {self.title}

{self.summary}

The {rows} samples are the test split of [{self.corpus}](/datasets/{self.corpus}), whose card tells where they come from, under which licence, and what their limits are. None of them stands in its training split. `benchmark.yaml` declares prompt, decoding and metrics.

Being small, it separates models only coarsely: look at the error bars.
"""  # noqa: E501


def translation_benchmark(language: str, code: str, corpus_id: str) -> Benchmark:
    return Benchmark(
        title=f"Translation of interface texts, English–{language}",
        front=f"{DJANGO_LICENCE}\nlanguage:\n- en\n- {code}\ntask_categories:\n- translation",
        summary=f"How well a model translates short interface texts from English into {language}.",
        corpus=corpus_id,
        declaration=f"""title: Translation of interface texts, English–{language}
version: "1"
description: Short texts of a web framework's interface, translated from English into {language}.
licence: bsd-3-clause
language: [en, {code}]
limits: One domain, short texts, one reference each; placeholders such as %(name)s count as words.
tasks:
  - name: en-{code}
    title: English to {language}
    kind: translation
    data: {{file: data/test.parquet}}
    source_language: en
    target_language: {code}
    prompt: "Translate this sentence into {language}: {{{{source}}}}"
    target: "{{{{target}}}}"
    decoding: {{max_new_tokens: 48, stop: ["\\n"]}}
    metrics:
      - {{name: chrf, primary: true}}
      - {{name: bleu}}
      - {{name: ter}}
""",
    )


def summary_benchmark(corpus_id: str) -> Benchmark:
    return Benchmark(
        title="First lines of Python documentation",
        front=f"{PYTHON_LICENCE}\nlanguage:\n- en\ntask_categories:\n- summarization",
        summary="How close a model comes to the first line of a documentation string, given the rest.",
        corpus=corpus_id,
        declaration="""title: First lines of Python documentation
version: "1"
description: The body of a documentation string is summarized; the reference is its first line.
licence: psf-2.0
language: [en]
limits: The first line often says what the body leaves out, so scores are low for every model.
tasks:
  - name: first-line
    title: First line from the body
    kind: summarization
    data: {file: data/test.parquet}
    source_language: en
    target_language: en
    prompt: "Summarize: {{source}}"
    target: "{{target}}"
    decoding: {max_new_tokens: 40, stop: ["\\n"]}
    metrics:
      - {name: rougeL, primary: true}
      - {name: rouge1}
      - {name: rouge2}
""",
    )


def documentation_benchmark(corpus_id: str) -> Benchmark:
    return Benchmark(
        title="Prediction of Python documentation",
        front=f"{PYTHON_LICENCE}\nlanguage:\n- en\ntask_categories:\n- text-generation",
        summary="How many bits a causal language model needs for each byte of documentation it has not seen.",
        corpus=corpus_id,
        declaration="""title: Prediction of Python documentation
version: "1"
description: Bits that a causal language model needs for a byte of unseen documentation strings.
licence: psf-2.0
language: [en]
limits: Technical English of one project; models trained on public code have probably seen it.
tasks:
  - name: docstrings
    title: Documentation strings
    kind: language-modelling
    data: {file: data/test.parquet}
    target_language: en
    target: "{{text}}"
    metrics:
      - {name: bits_per_byte, primary: true}
      - {name: byte_perplexity}
      - {name: word_perplexity}
""",
    )
