from ten_runtime import Addon, TenEnv, register_addon_as_extension

from .extension import LedgerExtension


@register_addon_as_extension("ledger_python", base_dir=__file__)
class LedgerExtensionAddon(Addon):
    def on_create_instance(self, ten_env: TenEnv, name: str, context) -> None:
        ten_env.on_create_instance_done(LedgerExtension(name), context)
