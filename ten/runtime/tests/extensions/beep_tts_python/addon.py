from ten_runtime import Addon, TenEnv, register_addon_as_extension


@register_addon_as_extension("beep_tts_python")
class BeepTTSExtensionAddon(Addon):
    def on_create_instance(self, ten_env: TenEnv, name: str, context) -> None:
        from .extension import BeepTTSExtension

        ten_env.log_info("on_create_instance")
        ten_env.on_create_instance_done(BeepTTSExtension(name), context)
