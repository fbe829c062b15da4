"""Whatever is asked of the HTTP routes, the answer is one that our description promises."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from avamotion.server.config import OpsConfig
from avamotion.server.secret import Secret
from tests.e2e.running_server import RunningServer, running_server

pytestmark = pytest.mark.e2e

schema = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "openapi.yaml")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(ops=OpsConfig(key=Secret("sesame"))) as running:
        yield running


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_one_that_the_description_promises(
    server: RunningServer,
    case: Any,  # noqa: ANN401 - a class without public arguments
) -> None:
    case.call_and_validate(base_url=f"http://127.0.0.1:{server.port}")


@schema.include(path_regex="session-token").parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_with_a_good_key_it_is_too(
    server: RunningServer,
    case: Any,  # noqa: ANN401 - as above
) -> None:
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{server.port}",
        headers={"X-Api-Key": server.config.app.api_key.reveal()},
        # What is in the future and not too far no schema can say.
        excluded_checks=[positive_data_acceptance],
    )
