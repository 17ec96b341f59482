"""Models and tensors in one .safetensors file each, its card in the file's metadata.

The card is JSON: what was trained on what, how, with which scores and licence.
Nothing is unpickled. A file is written whole or not at all.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as tensor_bytes
from torch import Tensor, nn

from course_utils.conv import ConvVAE
from course_utils.files import SHIPPED as SHIPPED
from course_utils.files import write_atomically
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, Autoencoder

# What a card may build: a model from its `config`, a likelihood from its fields.
MODELS = {c.__name__: c for c in (VAE, Autoencoder, ConvVAE)}
LIKELIHOODS: dict[str, type] = {
    c.__name__: c for c in (Bernoulli, Binomial, Gaussian, GreyCrossEntropy)
}
Card = Mapping[str, Any]
DTYPES = {"float32": torch.float32, "float16": torch.float16}


def save(path: Path | str, model: Any, card: Card, dtype: str = "float32") -> None:
    """Write the model with its card, which gains the entries architecture and dtype.

    ValueError for a model that `load` could not build again, and as `save_tensors`.
    """
    kind = type(model)
    if MODELS.get(kind.__name__) is not kind:
        raise ValueError(
            f"load could not build {kind} again, only course_utils' own"
            f" {', '.join(MODELS)}; save_tensors stores the weights of any model"
        )
    meaning = model.config["likelihood"]
    likelihood = {"likelihood": type(meaning).__name__, **vars(meaning)}
    arguments = {**model.config, "likelihood": likelihood}
    architecture = {"class": kind.__name__, "arguments": arguments}
    whole = json.loads(_to_json({**card, "architecture": architecture}))
    weights = _cast(model.state_dict(), torch.float32)
    _check_shapes(weights, _build(whole["architecture"]), "this model")
    save_tensors(path, weights, whole, dtype)


def load(path: Path | str) -> tuple[Any, dict[str, Any]]:
    """The model, in float32 on the CPU and in evaluation mode, and its card.

    Errors as for `load_tensors`; ValueError also for a card that builds no model or
    one of other tensors. torch's random numbers are left alone.
    """
    tensors, card = load_tensors(path)
    if "architecture" not in card:
        raise ValueError(f"{path} holds tensors and no model: use load_tensors")
    model = _build(card["architecture"])
    _check_shapes(tensors, model, str(path))
    model.to_empty(device="cpu").load_state_dict(tensors)
    return model.eval(), card


def save_tensors(
    path: Path | str, tensors: Mapping[str, Tensor], card: Card, dtype: str = "float32"
) -> None:
    """Write tensors, real numbers as `dtype` ("float32", "float16"), with their card.

    ValueError for another dtype, for values that are (or in that dtype become) NaN or
    infinite, and for a card that does not fit JSON.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    stored = _cast(tensors, DTYPES[dtype])
    _check_values(stored, f"{path}, stored as {dtype},")
    metadata = {"card": _to_json({**card, "dtype": dtype})}
    write_atomically(Path(path), tensor_bytes(stored, metadata))


def load_tensors(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors, real ones in float32 and whole ones in int64, and their card.

    FileNotFoundError if there is no such file. ValueError for one that is empty, cut
    or not safetensors, without a card, or with NaN, infinity or another dtype in it.
    """
    content = Path(path).read_bytes()
    try:
        tensors = read_tensors(content)
    except SafetensorError as error:
        raise ValueError(f"{path} is no whole safetensors file: {error}") from None
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    try:
        card = dict(json.loads(header["__metadata__"]["card"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} holds no card of the course: {error!r}") from None
    _check_values(tensors, str(path))
    return _cast(tensors, torch.float32), card


def _cast(tensors: Mapping[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Copies on the CPU, real numbers in `dtype`."""
    copies = {}
    for name, t in tensors.items():
        moved = t.to("cpu", dtype if t.is_floating_point() else t.dtype)
        copies[name] = moved.clone(memory_format=torch.contiguous_format)
    return copies


def _build(architecture: Any) -> nn.Module:
    """The model that a card describes, on the meta device: shapes without memory."""
    try:
        arguments = dict(architecture["arguments"])
        likelihood = dict(arguments["likelihood"])
        kind = LIKELIHOODS[likelihood.pop("likelihood")]
        arguments["likelihood"] = kind(**likelihood)
        with torch.device("meta"):
            return MODELS[architecture["class"]](**arguments).float()
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{architecture} builds no model: {error!r}") from None


def _check_shapes(tensors: Mapping[str, Tensor], model: nn.Module, where: str) -> None:
    pairs = tensors.items(), model.state_dict().items()
    found, expected = ({n: (*t.shape, t.dtype) for n, t in pair} for pair in pairs)
    for name in expected.keys() | found.keys():
        if expected.get(name) != found.get(name):
            what = f"{name} is {found.get(name)}, expected {expected.get(name)}"
            raise ValueError(f"{where} does not fit its architecture: {what}")


def _check_values(tensors: Mapping[str, Tensor], where: str) -> None:
    known = (*DTYPES.values(), torch.int64)
    for name, tensor in tensors.items():
        if tensor.dtype not in known:
            raise ValueError(f"{where} holds {tensor.dtype} in {name}, not {known}")
        if not tensor.isfinite().all():
            raise ValueError(f"{where} holds NaN or infinite values in {name}")


def _to_json(card: Card) -> str:
    try:
        return json.dumps(card, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the card does not fit JSON: {error}") from None
