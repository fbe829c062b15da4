"""The network that learns: the one that :mod:`training.export` writes, for torch.

Shapes: B sequences, T hops, F features, C channels, L lookaheads, D phones.
"""

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avamotion.motion.feature import N_FEATURES
from avamotion.motion.phone import PHONES

__all__ = ["DILATIONS", "LOOKAHEADS_HOPS", "PhoneNetwork"]

DILATIONS: Final = (1, 2, 4, 8, 1, 2, 4, 8)
LOOKAHEADS_HOPS: Final = (2, 3, 4, 5)
_TAPS: Final = 3
_DROPOUT: Final = 0.1
_HARDLY_EVER: Final = 0.9999


class PhoneNetwork(nn.Module):
    """Causal convolutions over hops; every head speaks of some hops ago.

    Args:
        n_channels: C.
        mean: Mean of each feature, (F,).
        deviation: Standard deviation of each feature, (F,).
    """

    def __init__(
        self, n_channels: int, mean: NDArray[np.float32], deviation: NDArray[np.float32]
    ) -> None:
        super().__init__()
        n_heads = len(LOOKAHEADS_HOPS)
        self.mu = nn.Buffer(torch.from_numpy(mean))
        self.sd = nn.Buffer(torch.from_numpy(deviation))
        self.inp = nn.Linear(_TAPS * N_FEATURES, n_channels)
        self.conv = nn.ModuleList(nn.Linear(_TAPS * n_channels, n_channels) for _ in DILATIONS)
        self.mix = nn.Linear(2 * n_channels, n_channels)
        self.dropout = nn.Dropout(_DROPOUT)
        self.phone = nn.Linear(n_channels, n_heads * len(PHONES))
        self.lip = nn.Linear(n_channels, n_heads)
        self.voice = nn.Linear(n_channels, n_heads)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits of phones (B, T, L, D), and of closed lips and a voice, (B, T, L)."""
        *layers, h = self._hear(x)
        skip = layers[len(DILATIONS) // 2]
        z = self.dropout(torch.relu(self.mix(self.dropout(torch.cat([h, skip], dim=2)))))
        phones = self.phone(z).unflatten(2, (len(LOOKAHEADS_HOPS), len(PHONES)))
        return phones, self.lip(z), self.voice(z)

    def _hear(self, x: Tensor) -> list[Tensor]:
        """Return what each residual layer hears, and what the last one says, (B, T, C) each."""
        heard = [torch.relu(self.inp(_context((x - self.mu) / self.sd, 1)))]
        for dilation, layer in zip(DILATIONS, self.conv, strict=True):
            heard.append(heard[-1] + torch.relu(layer(_context(heard[-1], dilation))))
        return heard

    def peaks(self, x: Tensor) -> list[float]:
        """Return what each residual layer hardly ever hears more than in some sound, (B, T, F)."""
        with torch.inference_mode():
            return [float(torch.quantile(h, _HARDLY_EVER)) for h in self._hear(x)[:-1]]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the parameters as :func:`training.export.write_onnx` wants them."""
        named: dict[str, NDArray[np.float32]] = {}
        for name, tensor in self.state_dict().items():
            array = tensor.detach().numpy().astype(np.float32)
            head, _, kind = name.rpartition(".")
            if kind == "weight":
                named[f"{head}.w"] = np.ascontiguousarray(array.T)
            elif kind == "bias":
                named[f"{head}.b"] = array
            else:
                named[name] = array
        return named

    @classmethod
    def from_weights(cls, path: Path) -> "PhoneNetwork":
        """Begin where another run ended.

        Args:
            path: Where :func:`numpy.savez` wrote :meth:`weights`.
        """
        with np.load(path) as archive:
            arrays = dict(archive)
        network = cls(len(arrays["inp.b"]), arrays["mu"], arrays["sd"])
        state = network.state_dict()
        for name in state:
            head, _, kind = name.rpartition(".")
            key = {"weight": f"{head}.w", "bias": f"{head}.b"}.get(kind, name)
            value = torch.from_numpy(arrays[key])
            state[name] = value.T if kind == "weight" else value
        network.load_state_dict(state)
        return network


def _context(x: Tensor, dilation: int) -> Tensor:
    """Put each hop beside its two predecessors, zeros before the first, (B, T, 3 C)."""
    n_hops = x.shape[1]
    padded = nn.functional.pad(x, (0, 0, 2 * dilation, 0))
    taps = [padded[:, k * dilation : k * dilation + n_hops] for k in range(_TAPS)]
    return torch.cat(taps, dim=2)
