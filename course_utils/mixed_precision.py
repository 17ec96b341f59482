"""Layers in bfloat16, all else in float32: faster where the processor has it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

LAYERS = {F.linear, F.conv2d, F.conv_transpose2d}


def multiplies_bfloat16(device: torch.device | str) -> bool:
    """Whether this is an x86 CPU with instructions for products in bfloat16.

    `fit(mixed_precision=True)` is the faster way there for MNIST; on a CPU that lacks
    them it is several times slower. False for other devices, which nobody measured,
    and for a PyTorch too old to tell.
    """
    capabilities = getattr(torch.cpu, "get_capabilities", dict[str, Any])
    on_cpu = torch.device(device).type == "cpu"
    return on_cpu and bool(capabilities().get("avx512_bf16"))


def in_mixed_precision(
    loss: Callable[[Any, Tensor], dict[str, Tensor]], model: nn.Module
) -> Callable[[Any, Tensor], dict[str, Tensor]]:
    """`loss` with the layers of its model in bfloat16, and itself in float32.

    ValueError unless every weight of the model is float32.
    """
    for name, weight in model.named_parameters():
        if weight.dtype is not torch.float32:
            raise ValueError(
                f"mixed precision expects weights in torch.float32, got {weight.dtype}"
                f" in {name}"
            )

    def mixed(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        with _Bfloat16Layers():
            return loss(model, x)

    return mixed


class _Bfloat16Layers(TorchFunctionMode):
    """Within it linear and convolutional layers multiply in bfloat16.

    torch.autocast would also round sums and exponentials in the loss, and other
    products that somebody's loss may hold.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """What `func` gives; from a layer in float32 again."""
        kwargs = kwargs or {}
        if func not in LAYERS:
            return func(*args, **kwargs)
        short = [a.bfloat16() if isinstance(a, Tensor) else a for a in args]
        return func(*short, **kwargs).float()
