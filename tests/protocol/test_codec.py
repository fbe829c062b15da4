"""The ingress codec against the numbers of the published wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import RemoteProtocolError
from avamotion.protocol.codec import decode_client_message, encode_server_message
from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.protocol.message import (
    AgoraEgressConfig,
    AudioFormat,
    AudioInput,
    ChangeStyle,
    ConfigureSession,
    ConfirmSession,
    Interrupt,
    LiveKitEgressConfig,
    PlaybackState,
    PlaybackStateMessage,
    ServerError,
    SocketEgressConfig,
)


def test_an_audio_message_has_the_published_bytes() -> None:
    # 08 03: type 3; 22: field 4; 0a: req_id; 10 01: end; 1a: audio
    data = bytes.fromhex("080322090a017210011a020102")
    assert decode_client_message(data) == AudioInput("r", b"\x01\x02", end=True)


def test_a_confirmation_has_the_published_bytes() -> None:
    data = encode_server_message(ConfirmSession("c", ("playback_state",)))
    assert data == b"\x08\x02\x1a\x13" + b"\x0a\x01c" + b"\x12\x0eplayback_state"


def test_a_session_may_want_its_motion_back_on_the_socket() -> None:
    message = pb.Message(
        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION,
        client_configure_session=pb.ClientConfigureSession(
            sample_rate=24000, audio_format=pb.AUDIO_FORMAT_OGG_OPUS, extra_params={"a": "b"}
        ),
    )
    assert decode_client_message(message.SerializeToString()) == ConfigureSession(
        24000, AudioFormat.OGG_OPUS, SocketEgressConfig(), {"a": "b"}
    )


def test_an_egress_keeps_its_fields_and_hides_its_secrets() -> None:
    configure = pb.ClientConfigureSession(
        sample_rate=16000,
        egress_type=pb.EGRESS_TYPE_AGORA,
        agora_egress=pb.AgoraEgressConfig(channel_name="lobby", token="s3cret", uid=7),
    )
    message = pb.Message(
        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION, client_configure_session=configure
    )
    decoded = decode_client_message(message.SerializeToString())
    assert isinstance(decoded, ConfigureSession)
    assert decoded.egress == AgoraEgressConfig("lobby", "s3cret", 7, "")
    assert "s3cret" not in repr(decoded)

    configure.egress_type = pb.EGRESS_TYPE_LIVEKIT
    configure.livekit_egress.CopyFrom(
        pb.LiveKitEgressConfig(url="wss://x", room_name="r", api_secret="s3cret", idle_timeout=9)
    )
    message.client_configure_session.CopyFrom(configure)
    decoded = decode_client_message(message.SerializeToString())
    assert isinstance(decoded, ConfigureSession)
    assert isinstance(decoded.egress, LiveKitEgressConfig)
    assert decoded.egress.idle_timeout_s == 9
    assert "s3cret" not in repr(decoded)


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (pb.Message(type=pb.MESSAGE_SERVER_ERROR), "unexpected message type"),
        (pb.Message(type=pb.MESSAGE_CLIENT_AUDIO_INPUT), "no client_audio_input"),
        (pb.Message(), "unexpected message type 0"),
    ],
)
def test_what_a_client_may_not_send_is_refused(message: pb.Message, problem: str) -> None:
    with pytest.raises(RemoteProtocolError, match=problem):
        decode_client_message(message.SerializeToString())


# Random bytes rarely get past the first tag: start from a real message.
VALID = [
    pb.Message(
        type=pb.MESSAGE_CLIENT_AUDIO_INPUT,
        client_audio_input=pb.ClientAudioInput(req_id="r", audio=b"ab"),
    ).SerializeToString(),
    pb.Message(
        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION,
        client_configure_session=pb.ClientConfigureSession(
            sample_rate=24000, egress_type=pb.EGRESS_TYPE_AGORA
        ),
    ).SerializeToString(),
    pb.Message(
        type=pb.MESSAGE_CLIENT_INTERRUPT, client_interrupt=pb.ClientInterrupt(req_id="r")
    ).SerializeToString(),
]


@given(st.sampled_from(VALID), st.integers(0, 30), st.binary(max_size=30))
def test_no_bytes_can_break_the_decoder(valid: bytes, cut: int, tail: bytes) -> None:
    try:
        message = decode_client_message(valid[:cut] + tail)
    except RemoteProtocolError:
        return
    assert not isinstance(message, ChangeStyle)
    assert isinstance(message, AudioInput | ConfigureSession | Interrupt) or message.req_id == ""


def test_what_the_server_says_can_be_read_with_the_published_numbers() -> None:
    error = pb.Message.FromString(encode_server_message(ServerError("c", "r", 3, "no")))
    assert (error.type, error.server_error.code) == (4, 3)
    state = pb.Message.FromString(
        encode_server_message(
            PlaybackStateMessage("c", "r", PlaybackState.INTERRUPTED, 120, "explicit")
        )
    )
    assert (state.type, state.server_playback_state.state) == (10, 4)
    assert state.server_playback_state.played_ms == 120
