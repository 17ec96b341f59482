"""Tensors in a .safetensors file with a JSON card beside it that describes them.

Nothing is unpickled. The card holds the file's SHA-256, so that neither is taken for
another's; an error or an interrupt while writing leaves the old pair.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as tensor_bytes
from torch import Tensor

from course_utils.files import write_together

DTYPES = {"float32": torch.float32, "float16": torch.float16}


def save_tensors(
    path: Path | str,
    tensors: Mapping[str, Tensor],
    card: Mapping[str, Any],
    *,
    kind: str,
    required: tuple[str, ...],
    dtype: str = "float32",
) -> None:
    """Write `path` (.safetensors), and its card beside it (.json).

    The card gains the entries kind, dtype and sha256. Floating tensors are stored as
    `dtype`, "float32" or "float16". ValueError for another suffix or dtype, values
    that are (or in that dtype become) NaN or infinite, and a card that lacks a
    required entry or does not fit JSON.
    """
    file = _tensor_path(path)
    if dtype not in DTYPES:
        raise ValueError(f"unknown dtype {dtype!r}; known: {', '.join(DTYPES)}")
    _require(card, required, f"the card for {file.name}")
    stored = {
        name: (t.to(DTYPES[dtype]) if t.is_floating_point() else t).cpu().contiguous()
        for name, t in tensors.items()
    }
    _check_finite(stored, f"{file.name}, stored as {dtype},")
    content = tensor_bytes({name: t.clone() for name, t in stored.items()})
    digest = hashlib.sha256(content).hexdigest()
    whole = {**card, "kind": kind, "dtype": dtype, "sha256": digest}
    try:
        text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)
        described = f"{text}\n".encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"the card for {file.name} fits no JSON: {error}") from None
    write_together({file: content, file.with_suffix(".json"): described})


def load_tensors(
    path: Path | str, *, kind: str, required: tuple[str, ...]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors, floating ones as float32, and the card.

    FileNotFoundError if the file or its card is missing. ValueError names what is
    wrong: a card that is no JSON, of another kind or incomplete, a wrong hash, a file
    that is not safetensors, another dtype than the card's, NaN or infinite values.
    """
    file = _tensor_path(path)
    card_file = file.with_suffix(".json")
    for part in (file, card_file):
        if not part.is_file():
            raise FileNotFoundError(f"no {part.name} in {part.parent}")
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{card_file.name} is not JSON: {error}") from None
    if not isinstance(card, dict) or card.get("kind") != kind:
        found = card.get("kind") if isinstance(card, dict) else card
        raise ValueError(f"{card_file.name} is a card for {found!r}, expected {kind!r}")
    _require(card, (*required, "dtype", "sha256"), card_file.name)
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        raise ValueError(
            f"{file.name} is damaged or not the file of its card: SHA-256 {digest},"
            f" expected {card['sha256']}"
        )
    try:
        tensors = read_tensors(content)
    except SafetensorError as error:
        raise ValueError(f"{file.name} is not a safetensors file: {error}") from None
    expected = DTYPES.get(str(card["dtype"]))
    for name, tensor in tensors.items():
        if tensor.dtype not in (expected, torch.int64):
            raise ValueError(
                f"{file.name}: {name} is {tensor.dtype}, expected the card's"
                f" {card['dtype']!r} (one of {', '.join(DTYPES)}), or int64"
            )
    _check_finite(tensors, file.name)
    for name, tensor in tensors.items():
        tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors, card


def check_shapes(
    tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], where: str
) -> None:
    """ValueError unless both hold the same names with the same shapes and dtypes."""
    missing, extra = expected.keys() - tensors.keys(), tensors.keys() - expected.keys()
    if missing or extra:
        raise ValueError(
            f"{where} does not fit: missing tensors {sorted(missing)},"
            f" unexpected tensors {sorted(extra)}"
        )
    for name, tensor in expected.items():
        found = tensors[name]
        if (found.shape, found.dtype) != (tensor.shape, tensor.dtype):
            raise ValueError(
                f"{where}: {name} has the shape {tuple(found.shape)} in {found.dtype},"
                f" expected {tuple(tensor.shape)} in {tensor.dtype}"
            )


def _tensor_path(path: Path | str) -> Path:
    file = Path(path)
    if file.suffix != ".safetensors":
        raise ValueError(f"expected a .safetensors file, got {file.name!r}")
    return file


def _require(card: Mapping[str, Any], required: tuple[str, ...], where: str) -> None:
    missing = [name for name in required if name not in card]
    if missing:
        raise ValueError(f"{where} lacks {', '.join(missing)}")


def _check_finite(tensors: Mapping[str, Tensor], where: str) -> None:
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{where} holds NaN or infinite values in {name}")
