"""Tests of tools/assets."""
