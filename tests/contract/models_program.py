"""`transformers` with revisions and folders, and PEFT's adapters; tests start it with the engines' Python.

`python models_program.py NAMESPACE` with `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME` set. Prints `fine` at the end.
"""

from __future__ import annotations

import sys
import tempfile

import torch
from huggingface_hub import HfApi
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

api = HfApi()


def tiny() -> GPT2LMHeadModel:
    return GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=32, n_positions=16))


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def revisions_and_folders(namespace: str) -> None:
    repo, first, second = f"{namespace}/tiny-gpt2", tiny(), tiny()
    first.push_to_hub(repo, commit_message="First")
    second.push_to_hub(repo, revision="other", commit_message="Second")
    assert same(AutoModelForCausalLM.from_pretrained(repo), first)
    assert same(AutoModelForCausalLM.from_pretrained(repo, revision="other"), second)
    api.create_tag(repo, tag="v1")
    assert AutoConfig.from_pretrained(repo, revision="v1").n_embd == 16
    with tempfile.TemporaryDirectory() as folder:
        second.save_pretrained(folder)
        api.upload_folder(repo_id=repo, folder_path=folder, path_in_repo="sub/folder")
    assert same(AutoModelForCausalLM.from_pretrained(repo, subfolder="sub/folder"), second)
    second.push_to_hub(repo, create_pr=True)
    (proposed,) = api.get_repo_discussions(repo)
    assert same(AutoModelForCausalLM.from_pretrained(repo, revision=proposed.git_reference), second)


def adapters(namespace: str) -> None:
    base, repo = f"{namespace}/tiny-gpt2", f"{namespace}/adapter"
    model = AutoModelForCausalLM.from_pretrained(base)
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["c_attn"], task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.5)
    adapted.push_to_hub(repo, private=True)
    asked = torch.tensor([[1, 2, 3]])
    expected = adapted(asked).logits
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), repo)
    assert torch.allclose(loaded(asked).logits, expected)
    # transformers finds the base model by the adapter's own configuration.
    assert torch.allclose(AutoModelForCausalLM.from_pretrained(repo)(asked).logits, expected)


if __name__ == "__main__":
    revisions_and_folders(sys.argv[1])
    adapters(sys.argv[1])
    print("fine")
