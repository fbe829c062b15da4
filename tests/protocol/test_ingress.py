"""The rules of an ingress session, with time moved by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import LocalProtocolError
from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.protocol.ingress import ErrorCode, IngressConnection, IngressLimits, State
from avamotion.protocol.message import (
    AudioInput,
    ChangeStyle,
    ConfigureSession,
    Interrupt,
    ResponseAnimation,
)

LIMITS = IngressLimits(
    configure_timeout_s=10, idle_timeout_s=30, session_limit_s=100, max_outgoing=8
)


def configure(rate: int = 24000, audio_format: int = 0) -> bytes:
    return pb.Message(
        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION,
        client_configure_session=pb.ClientConfigureSession(
            sample_rate=rate,
            audio_format=audio_format,  # type: ignore[arg-type]
        ),
    ).SerializeToString()


def audio(req_id: str = "r") -> bytes:
    return pb.Message(
        type=pb.MESSAGE_CLIENT_AUDIO_INPUT,
        client_audio_input=pb.ClientAudioInput(req_id=req_id, audio=b"\0\0"),
    ).SerializeToString()


def interrupt() -> bytes:
    return pb.Message(
        type=pb.MESSAGE_CLIENT_INTERRUPT, client_interrupt=pb.ClientInterrupt(req_id="r")
    ).SerializeToString()


def connect(*, now: float = 0.0) -> IngressConnection:
    return IngressConnection("c", limits=LIMITS, now=now)


def ready(*, now: float = 0.0) -> IngressConnection:
    connection = connect(now=now)
    connection.receive_message(configure(), now=now)
    assert isinstance(connection.next_event(), ConfigureSession)
    connection.confirm((), now=now)
    connection.data_to_send()
    return connection


def sent(connection: IngressConnection) -> list[pb.Message]:
    return [pb.Message.FromString(data) for data in connection.data_to_send()]


def restyle(params: dict[str, str], **more: int) -> bytes:
    configuration = pb.ClientConfigureSession(extra_params=params, **more)  # type: ignore[arg-type]
    return pb.Message(
        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION, client_configure_session=configuration
    ).SerializeToString()


def test_a_session_that_stands_takes_new_parameters() -> None:
    connection = ready()
    connection.receive_message(restyle({"motion.emotion": "sad"}), now=1)
    assert connection.next_event() == ChangeStyle({"motion.emotion": "sad"})
    assert connection.state is State.READY


def test_a_session_that_stands_is_not_configured_anew() -> None:
    connection = ready()
    connection.receive_message(restyle({}, egress_type=pb.EGRESS_TYPE_AGORA), now=1)
    assert connection.closed is not None
    assert "unexpected message type ConfigureSession" in connection.closed.reason


def test_a_session_is_configured_confirmed_and_fed() -> None:
    connection = connect()
    connection.receive_message(configure(), now=1)
    assert isinstance(connection.next_event(), ConfigureSession)
    connection.confirm(("playback_state",), now=1)
    (confirmation,) = sent(connection)
    assert confirmation.server_confirm_session.connection_id == "c"

    connection.receive_message(audio(), now=2)
    connection.receive_message(interrupt(), now=2)
    assert connection.next_event() == AudioInput("r", b"\0\0", end=False)
    assert connection.next_event() == Interrupt("r")
    assert connection.next_event() is None


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (audio(), "expected ClientConfigureSession message"),
        (b"\xff\xff\xff", "failed to unmarshal initial message"),
        (configure(rate=11025), "unsupported sample rate"),
        (configure(rate=44100, audio_format=1), "unsupported sample rate"),
    ],
)
def test_a_wrong_first_message_is_named_and_closes(first: bytes, words: str) -> None:
    connection = connect()
    connection.receive_message(first, now=0)
    (error,) = sent(connection)
    assert error.server_error.code == ErrorCode.INVALID_ARGUMENT
    assert words in error.server_error.message
    assert connection.closed is not None
    assert connection.next_event() is None


def test_text_closes() -> None:
    connection = connect()
    connection.receive_text()
    (error,) = sent(connection)
    assert "expected ClientConfigureSession message" in error.server_error.message
    assert connection.closed is not None
    assert connection.closed.code == 1003


def test_audio_before_the_confirmation_closes() -> None:
    connection = connect()
    connection.receive_message(configure(), now=0)
    connection.receive_message(audio(), now=0)
    assert connection.state is State.CLOSED


def test_every_audio_message_postpones_the_idle_timeout_and_nothing_else_does() -> None:
    connection = ready(now=0)
    connection.receive_message(audio(), now=20)
    connection.receive_message(interrupt(), now=25)
    assert connection.get_timer() == 50

    connection.handle_timer(now=49.9)
    assert connection.state is State.READY

    connection.handle_timer(now=50)
    (error,) = sent(connection)
    assert "no audio input for 30 s" in error.server_error.message
    assert error.server_error.code == 4
    assert connection.closed is not None


def test_a_client_may_ask_for_an_idle_timeout_of_its_own() -> None:
    connection = connect()
    connection.receive_message(configure(), now=0)
    connection.confirm((), now=0, idle_timeout_s=5)
    assert connection.get_timer() == 5
    connection.receive_message(audio(), now=4)
    assert connection.get_timer() == 9
    connection.handle_timer(now=9)
    (_, error) = sent(connection)
    assert "no audio input for 5 s" in error.server_error.message


def test_a_client_that_never_configures_is_sent_away() -> None:
    connection = connect()
    assert connection.get_timer() == 10
    connection.handle_timer(now=10)
    (error,) = sent(connection)
    assert "expected ClientConfigureSession message" in error.server_error.message


def test_a_client_is_not_blamed_while_we_open_the_egress() -> None:
    connection = connect()
    connection.receive_message(configure(), now=9)
    assert connection.get_timer() == 100
    connection.handle_timer(now=50)
    assert connection.state is State.CONFIGURED


def test_the_session_limit_ends_even_a_busy_session() -> None:
    connection = ready()
    for now in range(0, 100, 10):
        connection.receive_message(audio(), now=now)
    connection.handle_timer(now=100)
    assert connection.closed is not None
    assert connection.closed.code == 4002


def test_nothing_is_sent_after_the_close_and_nothing_is_taken() -> None:
    connection = ready()
    connection.receive_eof()
    connection.send(ResponseAnimation("c", "r", end=False, animation=b"", avatar_id="a"))
    connection.receive_message(audio(), now=1)
    connection.receive_text()
    connection.handle_timer(now=1e9)
    assert connection.data_to_send() == []
    assert connection.next_event() is None
    assert connection.get_timer() is None


def test_confirming_twice_is_our_own_fault() -> None:
    connection = ready()
    with pytest.raises(LocalProtocolError):
        connection.confirm((), now=0)


PREFIXES = st.sampled_from([configure(), audio(), interrupt(), b""])


@given(st.lists(st.builds(bytes.__add__, PREFIXES, st.binary(max_size=8))))
def test_no_bytes_can_break_it(messages: list[bytes]) -> None:
    connection = connect()
    for data in messages:
        connection.receive_message(data, now=0)
        if connection.state is State.CONFIGURED:
            connection.confirm((), now=0)
    assert connection.closed is None or connection.state is State.CLOSED
    for data in connection.data_to_send():
        pb.Message.FromString(data)
