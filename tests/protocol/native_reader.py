"""How a native reader (H.264 7.3.2.3.1, and the public iOS client) takes an SEI unit apart."""

__all__ = ["nal_units", "native_body", "unprotect"]


def nal_units(unit: bytes) -> list[bytes]:
    """Split an access unit (Annex B, four-byte start codes)."""
    head, *units = unit.split(b"\0\0\0\1")
    assert head == b""
    return units


def unprotect(data: bytes) -> bytes:
    """Remove emulation prevention bytes."""
    out = bytearray()
    zeros = 0
    for byte in data:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def native_body(unit: bytes) -> bytes:
    """Return the body of the first SEI message: the size counts unprotected bytes."""
    sei = next(nal for nal in nal_units(unit) if nal[0] & 31 == 6)
    data = unprotect(sei[1:])
    assert data[0] == 101
    at, size = 1, 0
    while data[at] == 255:
        size += 255
        at += 1
    size += data[at]
    body = data[at + 1 : at + 1 + size]
    assert len(body) == size, "the size leads beyond the unit"
    return body
