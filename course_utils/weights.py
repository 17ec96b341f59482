"""Trained models and codes as safetensors files with cards; nothing is unpickled."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.conv import ConvVAE
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, Autoencoder
from course_utils.tensor_files import check_shapes, load_tensors, save_tensors

# A new model or likelihood enters its class here. `model.config` holds the keyword
# arguments that build a model; likelihoods are dataclasses.
ARCHITECTURES = {cls.__name__: cls for cls in (VAE, Autoencoder, ConvVAE)}
LIKELIHOODS = {
    cls.__name__: cls for cls in (Bernoulli, Binomial, Gaussian, GreyCrossEntropy)
}
MODEL_CARD = ("data", "binarisation", "seed", "epochs", "scores", "script", "licence")
CODES_CARD = ("data", "binarisation", "model", "script", "licence")


def save(
    path: Path | str,
    model: nn.Module,
    card: Mapping[str, Any],
    *,
    dtype: str = "float32",
) -> None:
    """Write the model to `path` (.safetensors), and its card beside it (.json).

    `card` gives at least the entries in MODEL_CARD (scores in nats per image,
    licence: the data's); architecture, dtype and hash are added. ValueError for a
    model that is not in ARCHITECTURES, NaN or infinite weights, an incomplete card.
    """
    name = type(model).__name__
    if ARCHITECTURES.get(name) is not type(model):
        raise ValueError(f"unknown architecture {name}; known: {_known(ARCHITECTURES)}")
    arguments = {key: _to_json(value) for key, value in model.config.items()}
    whole = {**card, "architecture": {"class": name, "arguments": arguments}}
    tensors = model.state_dict()
    save_tensors(path, tensors, whole, kind="model", required=MODEL_CARD, dtype=dtype)


def load(path: Path | str) -> tuple[Any, dict[str, Any]]:
    """The model, of a class in ARCHITECTURES, and its card.

    It is in float32, on the CPU and in evaluation mode. torch's random numbers
    go on as if nothing had been built. FileNotFoundError if the file or its card is
    missing. ValueError names what is foreign or damaged: the card, the hash, the
    architecture, a tensor's name, shape or values.
    """
    required = ("architecture", *MODEL_CARD)
    tensors, card = load_tensors(path, kind="model", required=required)
    where = Path(path).name
    with torch.device("meta"):  # shapes without memory, whatever the card says
        built = _build(card["architecture"], where).float()
        check_shapes(tensors, built.state_dict(), where)
    with torch.random.fork_rng(devices=[]):
        model = _build(card["architecture"], where).float()
    model.load_state_dict(tensors)
    return model.eval(), card


@dataclass(frozen=True)
class Codes:
    """q(z|x) of N images: mu and log_var (N, J), and integer labels (N,).

    ValueError for other shapes, and for labels that are not int64.
    """

    mu: Tensor
    log_var: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        """Refuse tensors that do not go together."""
        shapes = [tuple(t.shape) for t in (self.mu, self.log_var, self.labels)]
        if self.mu.ndim != 2 or shapes[1:] != [shapes[0], shapes[0][:1]]:
            raise ValueError(
                "expected mu (N, J), log_var (N, J) and labels (N,), got the shapes"
                f" {', '.join(map(str, shapes))}"
            )
        if not (self.mu.is_floating_point() and self.log_var.is_floating_point()):
            raise ValueError(
                f"mu and log_var are real numbers, got {self.mu.dtype} and"
                f" {self.log_var.dtype}"
            )
        if self.labels.dtype is not torch.int64:
            raise ValueError(f"labels are torch.int64, got {self.labels.dtype}")


def save_codes(
    path: Path | str, codes: Codes, card: Mapping[str, Any], *, dtype: str = "float16"
) -> None:
    """Write codes to `path` (.safetensors), and a card beside it (.json).

    `card` gives at least the entries in CODES_CARD; "model" names the weights that
    made the codes. ValueError as for `save`.
    """
    save_tensors(
        path, vars(codes), card, kind="codes", required=CODES_CARD, dtype=dtype
    )


def load_codes(path: Path | str) -> tuple[Codes, dict[str, Any]]:
    """The codes, mu and log_var in float32 and labels in int64, and their card.

    FileNotFoundError and ValueError as for `load`.
    """
    tensors, card = load_tensors(path, kind="codes", required=CODES_CARD)
    names = {field.name: tensors.get(field.name) for field in fields(Codes)}
    if names.keys() != tensors.keys():
        raise ValueError(
            f"{Path(path).name} does not fit: expected the tensors {_known(names)},"
            f" got {_known(tensors)}"
        )
    return Codes(**tensors), card


def _build(architecture: Any, where: str) -> nn.Module:
    try:
        name, arguments = architecture["class"], architecture["arguments"]
        if name not in ARCHITECTURES:
            known = _known(ARCHITECTURES)
            raise ValueError(f"unknown architecture {name!r}; known: {known}")
        built = {key: _from_json(value) for key, value in arguments.items()}
        return ARCHITECTURES[name](**built)
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise ValueError(f"the card of {where} builds no model: {error}") from None


def _to_json(value: Any) -> Any:
    name = type(value).__name__
    if LIKELIHOODS.get(name) is type(value):
        return {"likelihood": name, **vars(value)}
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        arguments = dict(value)
        name = arguments.pop("likelihood")
        return LIKELIHOODS[name](**arguments)
    return value


def _known(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))
