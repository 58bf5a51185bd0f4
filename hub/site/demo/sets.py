"""Ready benchmarks whose texts were written for the demo: declarations, cards and rows."""

from __future__ import annotations

from dataclasses import dataclass

from hub.site.demo import texts
from hub.site.demo.names import ANSWERS, CHOICES, PROGRAMS, STEREOTYPES, TONE, TOUR, UNSEEN
from hub.site.demo.texts import Row

LICENCE = "cc0-1.0"


@dataclass(frozen=True, slots=True)
class ReadySet:
    """`rows` are the data files by path; `declaration` is benchmark.yaml, or suite.yaml for a suite."""

    full_id: str
    title: str
    languages: tuple[str, ...]
    summary: str
    declaration: str
    rows: dict[str, list[Row]]
    is_held_out: bool = False

    @property
    def declaration_name(self) -> str:
        return "benchmark.yaml" if self.rows else "suite.yaml"

    def card(self) -> str:
        languages = "".join(f"- {code}\n" for code in self.languages)
        files = "".join(f"  - split: {_split(path)}\n    path: {path}\n" for path in self.rows)
        configs = f"configs:\n- config_name: default\n  data_files:\n{files}" if len(self.rows) == 1 else ""
        return f"""---
pretty_name: {self.title}
license: {LICENCE}
language:
{languages}tags:
- benchmark
{configs}---

# {self.title}

{self.summary}

The texts were written for this hub's demo and are in the public domain. Being few, they show how such a benchmark works and separate models only coarsely: look at the error bars. `{self.declaration_name}` declares the rest.
"""  # noqa: E501


def _split(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _declaration(title: str, description: str, language: str, limits: str, biases: str, tasks: str) -> str:
    return f"""title: {title}
version: "1"
description: {description}
licence: {LICENCE}
language: [{language}]
limits: {limits}
biases: {biases}
tasks:
{tasks}"""


READY = (
    ReadySet(
        ANSWERS,
        "Short answers and replies",
        ("en",),
        "Questions about a sentence or two, and the next turn of short conversations.",
        _declaration(
            "Short answers and replies",
            "Questions whose answer stands in the passage, and replies to short conversations.",
            "en",
            "Twelve questions and ten conversations; a reply has one reference, though many would do.",
            "European names and places; polite, formal replies.",
            """  - name: questions
    title: Questions about a passage
    kind: question-answering
    data: {file: data/questions.parquet}
    prompt: "{{passage}}\\nQuestion: {{question}}\\nAnswer:"
    delimiter: " "
    target: "{{answers}}"
    decoding: {max_new_tokens: 12, stop: ["\\n"]}
    metrics:
      - {name: f1, primary: true}
      - {name: quasi_exact_match}
      - {name: exact_match}
  - name: conversations
    title: The next turn of a conversation
    kind: dialogue
    data: {file: data/conversations.parquet}
    prompt: "{% for turn in turns %}{{turn.role}}: {{turn.content}}\\n{% endfor %}assistant:"
    delimiter: " "
    target: "{{reply}}"
    decoding: {max_new_tokens: 24, stop: ["\\n"]}
    metrics:
      - {name: chrf, primary: true}
      - {name: f1}
""",
        ),
        {"data/questions.parquet": texts.QUESTIONS, "data/conversations.parquet": texts.CONVERSATIONS},
    ),
    ReadySet(
        PROGRAMS,
        "Tiny Python problems",
        ("en",),
        "Functions of one line, completed from their signature and checked by running tests in a sandbox.",
        _declaration(
            "Tiny Python problems",
            "A function is completed from its signature; its tests run without network and files.",
            "en",
            "Eight problems of one line each, far easier than what people program.",
            "Python only, with English names.",
            """  - name: python
    title: One-line functions
    kind: code-generation
    data: {file: data/test.parquet}
    prompt: "{{prompt}}"
    target: "{{solution}}"
    tests: "{{tests}}"
    decoding: {max_new_tokens: 24, stop: ["\\ndef ", "\\n\\n\\n"], samples: 5, temperature: 0.8, top_p: 0.95}
    metrics:
      - {name: pass_at_1, primary: true}
      - {name: pass_at_5}
""",
        ),
        {"data/test.parquet": texts.PROBLEMS},
    ),
    ReadySet(
        CHOICES,
        "Topics and modules",
        ("en",),
        "Which topic a sentence is about, and which module of Python's standard library does what.",
        _declaration(
            "Topics and modules",
            "Classification and multiple choice, decided by the likelihood of each choice.",
            "en",
            "Fifteen sentences of three topics and twelve questions of four; chance is 0.33 and 0.25.",
            "Technical English.",
            """  - name: topics
    title: Topic of a sentence
    kind: classification
    data: {file: data/topics.parquet}
    prompt: "{{text}}\\nTopic:"
    choices: [" files", " numbers", " time"]
    target: " {{topic}}"
    metrics:
      - {name: acc_balanced, primary: true}
      - {name: f1_macro}
      - {name: acc}
  - name: modules
    title: Which module does it
    kind: multiple-choice
    data: {file: data/modules.parquet}
    prompt: "{{question}}\\nAnswer: "
    choices: "{{choices}}"
    target: "{{answer}}"
    metrics:
      - {name: acc, primary: true}
      - {name: acc_norm}
""",
        ),
        {"data/topics.parquet": texts.TOPICS, "data/modules.parquet": texts.MODULES},
    ),
    ReadySet(
        STEREOTYPES,
        "Stereotypes in pairs of sentences",
        ("en", "zh"),
        "Two sentences that differ in the group they speak of: which one does a model find more likely?",
        _declaration(
            "Stereotypes in pairs of sentences",
            "Pairs of sentences, one with a stereotype; a balanced model prefers neither kind.",
            "en, zh",
            "Twelve pairs a language. A balanced score does not show that a model is fair in what it writes.",
            "Few groups, two written languages, the authors' own idea of what a stereotype is.",
            "".join(
                f"""  - name: {code}
    title: Pairs in {language}
    kind: bias
    data: {{file: data/{code}.parquet}}
    target_language: {code}
    choices: ["{{{{stereotype}}}}", "{{{{other}}}}"]
    metrics:
      - {{name: stereotype_imbalance, primary: true}}
      - {{name: stereotype_share}}
      - {{name: pair_difference}}
"""
                for code, language in (("en", "English"), ("zh", "Chinese"))
            ),
        ),
        {f"data/{code}.parquet": rows for code, rows in texts.PAIRS.items()},
    ),
    ReadySet(
        TONE,
        "Tone of continuations",
        ("en",),
        "How often a model continues provoking openings with insults, counted by a short list of words.",
        _declaration(
            "Tone of continuations",
            "Openings that invite insults; the continuation is searched for words of a short list.",
            "en",
            "A list of words misses irony and threats, and counts quotations. Twelve openings.",
            "English only; the list holds no slurs against groups.",
            """  - name: openings
    title: Provoking openings
    kind: toxicity
    data: {file: data/test.parquet}
    prompt: "{{opening}}"
    decoding: {max_new_tokens: 24, stop: ["\\n"]}
    metrics:
      - {name: toxic_share, primary: true}
      - {name: toxic_words}
""",
        ),
        {"data/test.parquet": texts.OPENINGS},
    ),
    ReadySet(
        UNSEEN,
        "Idioms nobody has seen",
        ("en",),
        "What an English idiom means, chosen from four meanings. The items are held out.",
        _declaration(
            "Idioms nobody has seen",
            "Idioms made up for this benchmark, each with four meanings. The items are held out.",
            "en",
            "Ten items, so that a score tells little; guessing gives a quarter.",
            "Idioms of one author.",
            """  - name: idioms
    title: The meaning of an idiom
    kind: multiple-choice
    data: {file: data/test.parquet}
    prompt: "{{idiom}}\\nThat means that"
    choices: "{{meanings}}"
    delimiter: " "
    target: "{{answer}}"
    metrics:
      - {name: acc, primary: true}
      - {name: acc_norm}
held_out: true
submissions_per_day: 3
""",
        ),
        {"data/test.parquet": texts.IDIOMS},
        is_held_out=True,
    ),
    ReadySet(
        TOUR,
        "A tour of a causal model",
        ("en", "zh"),
        "Everything that the demo can ask a causal language model, as one order.",
        f"""title: A tour of a causal model
version: "1"
description: Everything that the demo can ask a causal language model.
benchmarks:
  - {{benchmark: {ANSWERS}, weight: 2}}
  - {{benchmark: {PROGRAMS}}}
  - {{benchmark: {CHOICES}, weight: 2}}
  - {{benchmark: {STEREOTYPES}}}
  - {{benchmark: {TONE}}}
""",
        {},
    ),
)
