"""What training writes is what the engine loads."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from avamotion.motion.model import CONTEXT_HOPS, DEFAULT_MODEL, VOICE, PhoneModel
from avamotion.motion.phone import PHONES
from training.export import write_onnx

ROOT = Path(__file__).parents[2]
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights that training left behind, written anew."""
    metadata = {p.key: p.value for p in onnx.load(str(DEFAULT_MODEL)).metadata_props}
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    with np.load(ROOT / "training/weights.npz") as weights:
        write_onnx(
            path,
            dict(weights),
            peaks=[float(peak) for peak in metadata["peaks"].split(",")],
            dilations=DILATIONS,
            lookaheads_hops=(2, 3, 4, 5),
            metadata={"phones": " ".join(PHONES)},
        )
    return path


def constants(path: Path) -> dict[str, bytes]:
    graph = onnx.load(str(path)).graph
    return {tensor.name: numpy_helper.to_array(tensor).tobytes() for tensor in graph.initializer}


def test_the_shipped_model_is_what_the_kept_weights_become(exported: Path) -> None:
    assert constants(exported) == constants(DEFAULT_MODEL)


def test_cutting_the_stream_changes_no_bit_of_the_state(exported: Path) -> None:
    model = PhoneModel(exported, threads=1)
    rng = np.random.default_rng(0)
    features = rng.normal(-5, 2, (2, CONTEXT_HOPS + 12, 80)).astype(np.float32)
    whole, state = model.run(features, model.initial_state(2))
    head, between = model.run(features[:, : CONTEXT_HOPS + 5], model.initial_state(2))
    tail, last = model.run(features[:, 5:], between)
    np.testing.assert_allclose(np.concatenate([head, tail], axis=1), whole, atol=1e-5)
    np.testing.assert_array_equal(last, state)
    np.testing.assert_allclose(whole[..., : len(PHONES)].sum(axis=-1), 1, atol=1e-5)
    assert ((whole[..., VOICE] >= 0) & (whole[..., VOICE] <= 1)).all()
