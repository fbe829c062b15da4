"""What holds for all tests."""

from hypothesis import settings
from spatius import configure_telemetry

# A law has no deadline: on a busy machine one example may take long.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# The official client reports to its vendor by default; a test reports to nobody.
configure_telemetry("")
