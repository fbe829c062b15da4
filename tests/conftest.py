"""What holds for all tests."""

from spatius import configure_telemetry

# The official client reports to its vendor by default; a test reports to nobody.
configure_telemetry("")
