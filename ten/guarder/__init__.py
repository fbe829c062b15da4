"""Black-box tests for avatar extensions of the TEN Framework."""
