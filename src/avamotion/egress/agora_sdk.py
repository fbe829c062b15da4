"""Agora's server SDK: imported here and nowhere else, once, with its side effects undone."""

import importlib
import ssl
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avamotion.errors import EgressUnavailable

__all__ = ["REFUSALS", "AgoraSdk", "load_sdk", "open_service", "release_service"]

# Reasons of a connection's end (the SDK's CONNECTION_CHANGED_REASON_TYPE) that a retry cannot cure.
REFUSALS: Final = {
    3: "banned by the server",
    6: "invalid App ID",
    7: "invalid channel name",
    8: "invalid token",
    9: "token expired",
    10: "rejected by the server",
    19: "another member joined with the same uid",
    20: "too many broadcasters in the channel",
}

_lock = threading.Lock()
_sdk: "AgoraSdk | None" = None
_service: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AgoraSdk:
    """The parts of the SDK that we use, as its modules define them.

    Attributes:
        base: ``agora.rtc.agora_base``: its values and enums.
        service: The class ``AgoraService``.
        observer: The class ``IRTCConnectionObserver``.
    """

    base: Any
    service: Any
    observer: Any


def load_sdk() -> AgoraSdk:
    """Import the SDK. May take long the first time: the SDK downloads its native library then.

    Raises:
        EgressUnavailable: It is not installed, or its library cannot be loaded.
    """
    global _sdk
    with _lock:
        if _sdk is None:
            _sdk = _import_sdk()
        return _sdk


def open_service(sdk: AgoraSdk, app_id: str, *, log_folder: str) -> Any:
    """Return the one service of this process, made when it is first asked for.

    Raises:
        EgressUnavailable: The SDK does not start, or serves another App ID already.
    """
    global _service
    with _lock:
        if _service is not None:
            if _service[0] != app_id:
                raise EgressUnavailable("Agora's SDK serves one App ID in a process")
            return _service[1]
        folder = Path(log_folder or Path(tempfile.gettempdir()) / "avamotion-agora")
        folder.mkdir(parents=True, exist_ok=True)
        config = sdk.base.AgoraServiceConfig(
            appid=app_id,
            enable_video=1,
            log_path=str(folder / "agora.log"),
            data_dir=str(folder),
            config_dir=str(folder),
        )
        service = sdk.service()
        # What it returns is the result of its last step, not of the one that matters.
        result = service.initialize(config)
        if not service.inited:
            raise EgressUnavailable(f"Agora's SDK does not start (its result was {result})")
        _service = (app_id, service)
        return service


def release_service() -> None:
    """Give the service back; for the end of the process."""
    global _service
    with _lock:
        if _service is not None:
            _service[1].release()
            _service = None


def _import_sdk() -> AgoraSdk:
    # The SDK turns certificate checks off for the whole process when it is imported.
    context = ssl._create_default_https_context
    try:
        return AgoraSdk(
            base=importlib.import_module("agora.rtc.agora_base"),
            service=importlib.import_module("agora.rtc.agora_service").AgoraService,
            observer=importlib.import_module(
                "agora.rtc.rtc_connection_observer"
            ).IRTCConnectionObserver,
        )
    except ImportError as exc:
        raise EgressUnavailable(
            "Agora's SDK is not installed: pip install 'avamotion[agora]'"
        ) from exc
    except (OSError, SystemExit) as exc:  # it downloads, and leaves the process if that fails
        raise EgressUnavailable(
            "Agora's SDK cannot load its native library, which it downloads when it is first "
            f"imported ({exc}): pip install 'avamotion[agora]' where the internet is reachable"
        ) from exc
    finally:
        ssl._create_default_https_context = context
