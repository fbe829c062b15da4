"""Data, training and export of the speech-to-motion model: the only place that may import torch."""

__all__: list[str] = []
