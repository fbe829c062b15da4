"""Work is done once, here or elsewhere."""

from functools import partial
from pathlib import Path

import pytest

from training.share import share


@pytest.mark.parametrize("n_processes", [1, 2])
def test_every_job_is_done(tmp_path: Path, n_processes: int) -> None:
    paths = [tmp_path / str(i) for i in range(5)]
    share(partial(Path.touch, exist_ok=False), paths, n_processes)
    assert all(path.exists() for path in paths)


@pytest.mark.parametrize("n_processes", [1, 2])
def test_a_job_that_fails_is_no_success(tmp_path: Path, n_processes: int) -> None:
    with pytest.raises(FileNotFoundError):
        share(Path.unlink, [tmp_path / "nothing", tmp_path / "nobody"], n_processes)
