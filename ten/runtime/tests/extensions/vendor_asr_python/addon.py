from ten_runtime import (
    Addon,
    TenEnv,
    register_addon_as_extension,
)


@register_addon_as_extension("vendor_asr_python")
class VendorASRExtensionAddon(Addon):
    def on_create_instance(self, ten: TenEnv, addon_name: str, context) -> None:
        from .extension import VendorASRExtension

        ten.on_create_instance_done(VendorASRExtension(addon_name), context)
