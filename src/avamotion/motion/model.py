"""The phone network, as an ONNX file.

Shapes: B streams, T hops, D phones, F features, L lookaheads.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from avamotion.errors import ModelError
from avamotion.media import FloatArray
from avamotion.motion.feature import N_FEATURES
from avamotion.motion.phone import PHONES

__all__ = ["DEFAULT_MODEL", "LIP", "N_HEARD", "VOICE", "PhoneModel"]

LIP: Final = len(PHONES)
"""Column of the probability that the lips are closed."""
VOICE: Final = len(PHONES) + 1
"""Column of the probability that somebody speaks, short gaps within speech included."""
N_HEARD: Final = len(PHONES) + 2

DEFAULT_MODEL: Final = Path(__file__).with_name("model.onnx")


class PhoneModel:
    """A streaming network from features to phones, lips and a voice.

    Attributes:
        lookaheads_hops: How far behind the newest hop each head speaks, (L,).
        n_states: Number of state arrays.
    """

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load a model.

        Args:
            path: The ONNX file.
            threads: Threads that one call may use.

        Raises:
            ModelError: If there is no such file, or it is not a model of ours.
        """
        if not path.is_file():
            raise ModelError(
                f"there is no motion model at {path}: reinstall avamotion, or name the right file"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # onnxruntime's exceptions share no base class
            raise ModelError(f"{path} is not an ONNX model that can be run: {exc}") from exc
        inputs = {value.name: value.shape for value in self._session.get_inputs()}
        outputs = {value.name: value.shape for value in self._session.get_outputs()}
        self.n_states = len(inputs) - 1
        self._state_shapes: list[tuple[int, ...]] = []
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.lookaheads_hops = [int(n) for n in metadata["lookaheads_hops"].split(",")]
            for i in range(self.n_states):
                self._state_shapes.append(tuple(int(n) for n in inputs[f"s{i}"][1:]))
        except (KeyError, ValueError, TypeError):
            raise ModelError(f"{path} is not a motion model: its state is not declared") from None
        n_heads = len(self.lookaheads_hops)
        if inputs.get("x", [])[2:] != [N_FEATURES]:
            raise ModelError(f"{path} does not take {N_FEATURES} features per hop")
        if outputs.get("heard", [])[2:] != [n_heads, N_HEARD]:
            raise ModelError(f"{path} does not give {n_heads} × {N_HEARD} probabilities per hop")
        self._feeds = [f"s{i}" for i in range(self.n_states)]
        self._fetches = ["heard", *(f"n{i}" for i in range(self.n_states))]

    def run(
        self, features: FloatArray, states: Sequence[FloatArray]
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Listen to some hops of several streams.

        Args:
            features: (B, T, F).
            states: What the previous call returned; zeros at the start of a stream.

        Returns:
            What was heard, (B, T, L, D + 2): posteriors of the phones, then the probabilities
            of closed lips and of a voice; and the next states.
        """
        feeds = dict(zip(self._feeds, states, strict=True))
        feeds["x"] = features
        heard, *next_states = self._session.run(self._fetches, feeds)
        return heard, next_states

    def initial_states(self, n_streams: int) -> list[FloatArray]:
        """Return the states at the start of streams."""
        return [np.zeros((n_streams, *shape), dtype=np.float32) for shape in self._state_shapes]
