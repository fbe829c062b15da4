"""Tests of the programs that build what the repository ships."""
