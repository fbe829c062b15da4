"""Registers the extension with the TEN runtime."""

from ten_runtime import Addon, TenEnv, register_addon_as_extension

from .extension import VoiceControlExtension

__all__ = ["VoiceControlAddon"]


@register_addon_as_extension("voice_control_python")
class VoiceControlAddon(Addon):
    """Creates one extension per node."""

    def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
        """Create the extension of a node."""
        ten_env.on_create_instance_done(VoiceControlExtension(name), context)
