from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Frame(_message.Message):
    __slots__ = ("pts_us", "mask", "weights", "head_x", "head_y", "head_z", "gaze_yaw", "gaze_pitch")
    PTS_US_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    HEAD_X_FIELD_NUMBER: _ClassVar[int]
    HEAD_Y_FIELD_NUMBER: _ClassVar[int]
    HEAD_Z_FIELD_NUMBER: _ClassVar[int]
    GAZE_YAW_FIELD_NUMBER: _ClassVar[int]
    GAZE_PITCH_FIELD_NUMBER: _ClassVar[int]
    pts_us: int
    mask: int
    weights: bytes
    head_x: int
    head_y: int
    head_z: int
    gaze_yaw: int
    gaze_pitch: int
    def __init__(self, pts_us: _Optional[int] = ..., mask: _Optional[int] = ..., weights: _Optional[bytes] = ..., head_x: _Optional[int] = ..., head_y: _Optional[int] = ..., head_z: _Optional[int] = ..., gaze_yaw: _Optional[int] = ..., gaze_pitch: _Optional[int] = ...) -> None: ...

class Animation(_message.Message):
    __slots__ = ("version", "frames")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    version: int
    frames: _containers.RepeatedCompositeFieldContainer[Frame]
    def __init__(self, version: _Optional[int] = ..., frames: _Optional[_Iterable[_Union[Frame, _Mapping]]] = ...) -> None: ...

class ChannelPacket(_message.Message):
    __slots__ = ("uid", "epoch", "turn", "sequence", "pts_us", "opus", "frames", "start", "end", "voice")
    UID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PTS_US_FIELD_NUMBER: _ClassVar[int]
    OPUS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    VOICE_FIELD_NUMBER: _ClassVar[int]
    uid: int
    epoch: int
    turn: int
    sequence: int
    pts_us: int
    opus: bytes
    frames: _containers.RepeatedCompositeFieldContainer[Frame]
    start: bool
    end: bool
    voice: bytes
    def __init__(self, uid: _Optional[int] = ..., epoch: _Optional[int] = ..., turn: _Optional[int] = ..., sequence: _Optional[int] = ..., pts_us: _Optional[int] = ..., opus: _Optional[bytes] = ..., frames: _Optional[_Iterable[_Union[Frame, _Mapping]]] = ..., start: bool = ..., end: bool = ..., voice: _Optional[bytes] = ...) -> None: ...
