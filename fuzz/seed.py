"""Write the valid inputs that the corpus begins with: ``python -m fuzz.seed``."""

import json
import struct

import numpy as np
from spatius.audio_encoder import OggOpusStreamEncoder

from avamotion.media import BLENDSHAPES, MotionFrame
from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.protocol.payload import ChannelPacket, encode_animation, encode_channel_packet
from avamotion.tokens.agora import build_token
from avamotion.tokens.session import SessionToken, issue_session_token
from fuzz.corpus import keep
from fuzz.target import AGORA, SIGNING_KEY

__all__: list[str] = []


def _session(*messages: pb.Message) -> bytes:
    encoded = [message.SerializeToString() for message in messages]
    return b"".join(struct.pack("<H", len(data)) + data for data in encoded)


def _configure(**changes: object) -> pb.Message:
    return pb.Message(
        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION,
        client_configure_session=pb.ClientConfigureSession(
            **{"sample_rate": 24000, **changes}  # type: ignore[arg-type]
        ),
    )


def _wire() -> list[bytes]:
    audio = pb.Message(
        type=pb.MESSAGE_CLIENT_AUDIO_INPUT,
        client_audio_input=pb.ClientAudioInput(req_id="r", audio=bytes(8), end=True),
    )
    controls = [
        pb.Message(
            type=pb.MESSAGE_CLIENT_INTERRUPT, client_interrupt=pb.ClientInterrupt(req_id="r")
        ),
        pb.Message(type=pb.MESSAGE_CLIENT_PAUSE, client_pause=pb.ClientPause(req_id="r")),
        pb.Message(type=pb.MESSAGE_CLIENT_RESUME, client_resume=pb.ClientResume(req_id="r")),
    ]
    agora = pb.AgoraEgressConfig(channel_name="lobby", token="t", uid=1, publisher_id="p")
    livekit = pb.LiveKitEgressConfig(url="ws://x", room_name="r", api_token="t")
    return [
        _session(_configure(), audio, *controls),
        _session(_configure(egress_type=pb.EGRESS_TYPE_AGORA, agora_egress=agora), audio),
        _session(_configure(egress_type=pb.EGRESS_TYPE_LIVEKIT, livekit_egress=livekit)),
        _session(_configure(audio_format=pb.AUDIO_FORMAT_OGG_OPUS, extra_params={"a": "b"})),
    ]


def _ogg() -> list[bytes]:
    encoder = OggOpusStreamEncoder(
        sample_rate=24000,
        bitrate=24000,
        frame_duration_ms=20,
        application="voip",
        collect_encoded_output=False,
    )
    pcm = (np.sin(np.arange(2400) / 20) * 9000).astype("<i2").tobytes()
    return [encoder.encode(pcm, end=True).payload]


def _glb() -> list[bytes]:
    gltf = {
        "asset": {"version": "2.0", "copyright": "CC0"},
        "meshes": [{"extras": {"targetNames": list(BLENDSHAPES)}, "primitives": [{"indices": 0}]}],
        "accessors": [{"count": 30}],
        "nodes": [{"name": "Head"}],
    }
    text = json.dumps(gltf).encode()
    return [
        struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text,
    ]


def _seeds() -> dict[str, list[bytes]]:
    frame = MotionFrame(20_000, np.linspace(0, 1, 52, dtype=np.float32), (0.1, 0, 0, 0.995))
    packet = ChannelPacket(1, 0, 1, 0, 0, b"opus", (frame,), start=True)
    join = {"type": "join", "app_id": "a", "channel": "c", "uid": 1, "token": "t"}
    texts: list[dict[str, object]] = [
        join,
        {"type": "leave"},
        {"type": "ping", "id": 1},
        {"type": "message", "topic": "say", "to": 2, "data": {"text": "x"}},
    ]
    token = SessionToken("app_1", "t1", 1_900_000_000, "k1")
    return {
        "wire": _wire(),
        "ogg": _ogg(),
        "channel": [json.dumps(text).encode() for text in texts],
        "session_token": [
            issue_session_token(token, signing_key=SIGNING_KEY, now=1_800_000_000.0).encode()
        ],
        "agora_token": [
            build_token(
                **AGORA, uid=1, publisher=True, expire_s=3600, issued_at=1_799_999_000, salt=1
            ).encode()
        ],
        "animation": [encode_animation([frame, frame])],
        "packet": [encode_channel_packet(packet)],
        "config": [
            b'[listen]\nport = 1\nhost = "x"\n[playout]\nlead_ms = 60.5\n[ops]\nkey = "k"\n'
        ],
        "glb": _glb(),
        "trace": [b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    }


if __name__ == "__main__":
    for name, inputs in _seeds().items():
        for data in inputs:
            keep(name, data)
