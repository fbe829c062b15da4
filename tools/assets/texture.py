"""Textures as they go into a GLB."""

import io
from dataclasses import dataclass

from PIL import Image

__all__ = ["Texture"]


@dataclass(frozen=True, slots=True)
class Texture:
    """A picture and how hard it may be compressed.

    Attributes:
        image: RGB or RGBA.
        quality: Of the WebP encoder, 0 to 100.
    """

    image: Image.Image
    quality: int

    def encode(self) -> bytes:
        """Return the picture as WebP."""
        buffer = io.BytesIO()
        self.image.save(buffer, "WEBP", quality=self.quality, method=6, alpha_quality=self.quality)
        return buffer.getvalue()
