"""Registers the extension with the TEN runtime."""

from ten_runtime import Addon, TenEnv, register_addon_as_extension

from .extension import HibariTtsExtension

__all__ = ["HibariTtsAddon"]


@register_addon_as_extension("hibari_tts_python")
class HibariTtsAddon(Addon):
    """Creates one extension per node."""

    def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
        """Create the extension of a node."""
        ten_env.on_create_instance_done(HibariTtsExtension(name), context)
