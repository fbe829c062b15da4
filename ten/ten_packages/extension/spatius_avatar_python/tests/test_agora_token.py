"""Agora tokens: what npm's agora-token builds for the same time and salt."""

import base64
import zlib

import pytest
from spatius_avatar_python.agora_token import build_publisher_token

# Made with AccessToken2 of npm's agora-token 2.0.5, all four RTC privileges: inputs, then the
# inflated payload. Deflate's own output may differ between zlib versions.
VECTORS = [
    (
        "970CA35de60c44645bbae8a215061b33",
        "5CFd2fd1755d40ecb72977518be15d3b",
        "7d72365eb983485397e3e3f9d460bdda",
        2882341273,
        1446455472,
        1800,
        12345678,
        "2000dad3075456b28d6f9d4b0d3920b3ae2747aa4c8c5730538eb7e2a6beabb14a542000393730434133356465"
        "363063343436343562626165386132313530363162333"
        "3b0283756080700004e61bc00010001000400010008070000020008070000030008070000040008070000200037"
        "643732333635656239383334383533393765336533663964343630626464610a0032383832333431323733",
    ),
    (
        "0123456789abcdef0123456789abcdef",
        "fedcba9876543210fedcba9876543210",
        "Sprechstunde äöü",
        2001,
        1761955200,
        60,
        1,
        "200060573c293a4588edeb7ee058836fdbd2af96e2df0c74996404bf8de746e210a22000303132333435363738"
        "3961626364656630313233343536373839616263646566804d05693c0000000100000001000100040001003c00"
        "000002003c00000003003c00000004003c00000013005370726563687374756e646520c3a4c3b6c3bc04003230"
        "3031",
    ),
]


@pytest.mark.parametrize(
    ("app_id", "certificate", "channel", "uid", "issued_at_s", "lifetime_s", "salt", "payload"),
    VECTORS,
)
def test_payload_and_signature_equal_those_of_agoras_own_package(
    app_id: str,
    certificate: str,
    channel: str,
    uid: int,
    issued_at_s: int,
    lifetime_s: int,
    salt: int,
    payload: str,
) -> None:
    token = build_publisher_token(
        app_id=app_id,
        certificate=certificate,
        channel=channel,
        uid=uid,
        lifetime_s=lifetime_s,
        issued_at_s=issued_at_s,
        salt=salt,
    )
    assert token.startswith("007")
    assert zlib.decompress(base64.b64decode(token[3:])).hex() == payload


@pytest.mark.parametrize("uid", [-1, 2**32])
def test_a_uid_that_is_no_uint32_is_refused(uid: int) -> None:
    with pytest.raises(ValueError, match="uid must be between 0 and 4294967295"):
        build_publisher_token(
            app_id="a", certificate="c", channel="ch", uid=uid, lifetime_s=1, issued_at_s=1, salt=1
        )
