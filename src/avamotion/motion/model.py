"""The phone network, as an ONNX file.

Shapes: B streams, T hops, D phones, F features, L lookaheads.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from avamotion.errors import ModelError
from avamotion.media import FloatArray
from avamotion.motion.feature import N_FEATURES
from avamotion.motion.phone import PHONES

__all__ = ["CONTEXT_HOPS", "DEFAULT_MODEL", "LIP", "N_HEARD", "VOICE", "PhoneModel", "State"]

LIP: Final = len(PHONES)
"""Column of the probability that the lips are closed."""
VOICE: Final = len(PHONES) + 1
"""Column of the probability that somebody speaks, short gaps within speech included."""
N_HEARD: Final = len(PHONES) + 2

DEFAULT_MODEL: Final = Path(__file__).with_name("model.onnx")


State = npt.NDArray[np.generic]
"""What the network remembers of each stream, (B, …): floats, or bytes where it counts in bytes."""

CONTEXT_HOPS: Final = 2
"""Hops before the first one that the network wants to see again."""

_OUTPUTS: Final = ["heard", "next_state"]
_DTYPES: Final = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


class PhoneModel:
    """A streaming network from features to phones, lips and a voice.

    Attributes:
        lookaheads_hops: How far behind the newest hop each head speaks, (L,).
        initial_features: What it takes the hops before the first one to be, (F,).
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
        # Not at the top: a server's own process asks for styles only, and this takes 25 MB.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # It remembers a plan for every shape ever seen, and here nearly every call has its own.
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # onnxruntime's exceptions share no base class
            raise ModelError(f"{path} is not an ONNX model that can be run: {exc}") from exc
        inputs = {value.name: value for value in self._session.get_inputs()}
        outputs = {value.name: value.shape for value in self._session.get_outputs()}
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.lookaheads_hops = [int(n) for n in metadata["lookaheads_hops"].split(",")]
            values = [float(value) for value in metadata["initial_features"].split(",")]
            self.initial_features = np.array(values, dtype=np.float32)
            state = inputs["state"]
            self._initial = np.zeros([int(n) for n in state.shape[1:]], _DTYPES[state.type])
        except (KeyError, ValueError, TypeError):
            raise ModelError(f"{path} is not a motion model: its state is not declared") from None
        n_heads = len(self.lookaheads_hops)
        if "x" not in inputs or inputs["x"].shape[2:] != [N_FEATURES]:
            raise ModelError(f"{path} does not take {N_FEATURES} features per hop")
        if outputs.get("heard", [])[2:] != [n_heads, N_HEARD]:
            raise ModelError(f"{path} does not give {n_heads} × {N_HEARD} probabilities per hop")

    def run(self, features: FloatArray, state: State) -> tuple[FloatArray, State]:
        """Listen to some hops of several streams.

        Args:
            features: The two hops before, and the hops, (B, 2 + T, F).
            state: What the previous call returned, (B, …).

        Returns:
            What was heard, (B, T, L, D + 2): posteriors of the phones, then the probabilities
            of closed lips and of a voice; and the next state.
        """
        heard, next_state = self._session.run(_OUTPUTS, {"x": features, "state": state})
        return heard, next_state

    def initial_state(self, n_streams: int) -> State:
        """Return the state at the start of streams, (B, …)."""
        return np.repeat(self._initial[None], n_streams, axis=0)
