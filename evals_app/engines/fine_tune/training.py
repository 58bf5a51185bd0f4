"""transformers' Trainer with checkpoints that survive a kill, an end on request, and reports."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import (
    Adafactor,
    DataCollatorForSeq2Seq,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    default_data_collator,
)

from evals_app.engines import channel, failures, lifetime
from evals_app.engines.failures import Failure
from evals_app.engines.fine_tune.examples import Example
from evals_app.engines.fine_tune.settings import Settings
from evals_app.engines.lifetime import Stopped

# Without one of these a checkpoint was cut short by a kill.
COMPLETE = ("trainer_state.json", "optimizer.pt", "scheduler.pt", "rng_state.pth")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`losses` are (step, mean loss since the last report); `validation_loss` is None without data."""

    losses: list[tuple[int, float]]
    validation_loss: float | None
    duration: float


class Reports(TrainerCallback):
    """Tells the hub how far it is, and saves and ends when asked."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.first_step = 0
        self.told = (self.started, 0, 0)

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        self.started, self.first_step = time.monotonic(), state.global_step
        self.told = (self.started, state.global_step, state.num_input_tokens_seen)

    def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        channel.progress(state.global_step, state.max_steps, f"Step {state.global_step}, {self._left(state)}")
        if lifetime.stop_requested():
            control.should_save = control.should_training_stop = True

    def on_log(self, args: Any, state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
        named = {
            name: logs[name] for name in ("loss", "learning_rate", "grad_norm", "eval_loss") if name in logs
        }
        values = {name: float(value) for name, value in named.items()} | self._speed(args, state)
        channel.metric(state.global_step, values)

    def _speed(self, args: Any, state: Any) -> dict[str, float]:
        """Since the last report; nothing when there was no step in between, as after a validation."""
        began, first, seen = self.told
        self.told = (time.monotonic(), state.global_step, state.num_input_tokens_seen)
        seconds, steps, tokens = (
            now - then for now, then in zip(self.told, (began, first, seen), strict=True)
        )
        if not steps or seconds <= 0:
            return {}
        batch = args.train_batch_size * args.gradient_accumulation_steps
        return {"samples_per_second": steps * batch / seconds, "tokens_per_second": tokens / seconds}

    def _left(self, state: Any) -> str:
        done = state.global_step - self.first_step
        seconds = (time.monotonic() - self.started) / done * (state.max_steps - state.global_step)
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"


def train(
    model: Any,
    tokens: Any,
    examples: Sequence[Example],
    validation: Sequence[Example],
    settings: Settings,
    *,
    recipe: str,
    from_scratch: bool,
    folder: Path,
    device: str,
) -> Outcome:
    """To the last step, from the newest whole checkpoint if there is one; the same numbers either way.

    Raises Stopped after a checkpoint, Failure(out-of-memory), Failure(engine-error) when it diverged.
    """
    trainer = _trainer(
        model,
        tokens,
        examples,
        validation,
        settings,
        recipe=recipe,
        from_scratch=from_scratch,
        folder=folder,
        device=device,
    )
    started = time.monotonic()
    checkpoint = last_complete_checkpoint(folder)
    if checkpoint:
        print(f"Continuing from {checkpoint.name}.", flush=True)
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "out of memory" in str(error):
            message = "Memory ran out; try a smaller batch_size or shorter texts."
            raise Failure(failures.OUT_OF_MEMORY, message) from error
        raise
    if trainer.state.global_step < settings.max_steps:
        raise Stopped
    losses = [(entry["step"], entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]
    _refuse_divergence(losses)
    validation_loss = trainer.evaluate()["eval_loss"] if validation else None
    return Outcome(losses, validation_loss, time.monotonic() - started)


def last_complete_checkpoint(folder: Path) -> Path | None:
    found = [path for path in folder.glob("checkpoint-*") if all((path / name).exists() for name in COMPLETE)]
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _trainer(
    model: Any,
    tokens: Any,
    examples: Sequence[Example],
    validation: Sequence[Example],
    settings: Settings,
    *,
    recipe: str,
    from_scratch: bool,
    folder: Path,
    device: str,
) -> Any:
    is_pairs = recipe == "seq2seq"
    trainer_class, arguments = (
        (Seq2SeqTrainer, Seq2SeqTrainingArguments) if is_pairs else (Trainer, TrainingArguments)
    )
    return trainer_class(
        model=model,
        args=arguments(
            output_dir=str(folder),
            max_steps=settings.max_steps,
            per_device_train_batch_size=settings.batch_size,
            per_device_eval_batch_size=settings.batch_size,
            gradient_accumulation_steps=settings.gradient_accumulation,
            learning_rate=settings.learning_rate,
            warmup_steps=min(settings.warmup_steps, settings.max_steps),
            weight_decay=settings.weight_decay,
            lr_scheduler_type=settings.scheduler,
            seed=settings.seed,
            data_seed=settings.seed,
            save_strategy="steps",
            save_steps=settings.save_steps,
            save_total_limit=2,
            logging_steps=settings.logging_steps,
            include_num_input_tokens_seen="all",
            report_to="none",
            disable_tqdm=True,
            use_cpu=device == "cpu",
            bf16=device.startswith("cuda"),
            dataloader_num_workers=0,
        ),
        train_dataset=list(examples),
        eval_dataset=list(validation) or None,
        data_collator=DataCollatorForSeq2Seq(tokens, model=model) if is_pairs else default_data_collator,
        processing_class=tokens,
        callbacks=[Reports()],
        optimizers=(_adafactor(model, settings) if from_scratch and is_pairs else None, None),
    )


def _adafactor(model: Any, settings: Settings) -> Adafactor:
    """T5's own optimizer: steps relative to the size of each weight, which its initialization spreads
    over two orders of magnitude. AdamW takes several times as many steps to the same loss."""
    return Adafactor(
        model.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        scale_parameter=True,
        relative_step=False,
        warmup_init=False,
    )


def _refuse_divergence(losses: Sequence[tuple[int, float]]) -> None:
    if losses and losses[-1][1] != losses[-1][1]:
        message = (
            "The training diverged: the loss is not a number. Try a lower learning_rate or more warmup_steps."
        )
        raise Failure(failures.ENGINE_ERROR, message)
