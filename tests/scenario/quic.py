"""QUIC version 1 Initials (RFC 9000 §17.2.2, RFC 9001 §5), protected as a client protects them, with any frames inside."""

import hashlib
import hmac
import struct

SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")


# --- AES-128 (FIPS 197) and GCM (NIST SP 800-38D), a block at a time ------------------------------------------------------

def _make_box():
    box, p, q = [0x63] * 256, 1, 1
    while True:
        p = (p ^ p << 1 ^ (0x11b if p & 0x80 else 0)) & 0xff
        q ^= q << 1
        q ^= q << 2
        q = (q ^ q << 4) & 0xff
        q ^= 0x09 if q & 0x80 else 0
        rotated = q
        for turn in (1, 2, 3, 4):
            rotated ^= (q << turn | q >> 8 - turn) & 0xff
        box[p] = rotated ^ 0x63
        if p == 1:
            return box


BOX = _make_box()


def _double(byte):
    return (byte << 1 ^ (0x1b if byte & 0x80 else 0)) & 0xff


class Aes:
    def __init__(self, key):
        words = [list(key[i:i + 4]) for i in range(0, 16, 4)]
        round_constant = 1
        for i in range(4, 44):
            word = words[-1]
            if i % 4 == 0:
                word = [BOX[byte] for byte in word[1:] + word[:1]]
                word[0] ^= round_constant
                round_constant = _double(round_constant)
            words.append([a ^ b for a, b in zip(words[i - 4], word)])
        self.keys = [sum(words[i:i + 4], []) for i in range(0, 44, 4)]

    def block(self, data):
        state = [a ^ b for a, b in zip(data, self.keys[0])]
        for turn in range(1, 11):
            state = [BOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if turn != 10:
                mixed = []
                for column in range(0, 16, 4):
                    a = state[column:column + 4]
                    whole = a[0] ^ a[1] ^ a[2] ^ a[3]
                    mixed += [a[i] ^ whole ^ _double(a[i] ^ a[(i + 1) % 4]) for i in range(4)]
                state = mixed
            state = [a ^ b for a, b in zip(state, self.keys[turn])]
        return bytes(state)


def _gcm(key, nonce, plain, associated):
    aes = Aes(key)
    factor = int.from_bytes(aes.block(bytes(16)), "big")

    def times_factor(value):
        product, shifted = 0, factor
        for bit in range(127, -1, -1):
            if value >> bit & 1:
                product ^= shifted
            shifted = shifted >> 1 ^ (0xe1 << 120 if shifted & 1 else 0)
        return product

    def padded(data):
        return data + bytes(-len(data) % 16)

    stream = b"".join(aes.block(nonce + struct.pack(">I", 2 + i)) for i in range((len(plain) + 15) // 16))
    cipher = bytes(a ^ b for a, b in zip(plain, stream))
    hashed = 0
    for part in (padded(associated), padded(cipher), struct.pack(">QQ", 8 * len(associated), 8 * len(cipher))):
        for i in range(0, len(part), 16):
            hashed = times_factor(hashed ^ int.from_bytes(part[i:i + 16], "big"))
    tag = hashed ^ int.from_bytes(aes.block(nonce + b"\0\0\0\1"), "big")
    return cipher + tag.to_bytes(16, "big")


# --- Initials -------------------------------------------------------------------------------------------------------------

def _expand(secret, label, size):
    label = b"tls13 " + label
    info = struct.pack(">HB", size, len(label)) + label + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:size]


def _integer(value):
    return struct.pack(">H", 0x4000 | value) if value < 0x4000 else struct.pack(">I", 0x80000000 | value)


def crypto(offset, data):
    return b"\x06" + _integer(offset) + _integer(len(data)) + data


def initial(destination, number, frames, size=1200):
    """A client's first flight to the connection id `destination`: one datagram of `size` bytes."""
    secret = _expand(hmac.new(SALT, destination, hashlib.sha256).digest(), b"client in", 32)
    key, iv, hp = _expand(secret, b"quic key", 16), _expand(secret, b"quic iv", 12), _expand(secret, b"quic hp", 16)
    head = b"\xc1\0\0\0\1" + bytes([len(destination)]) + destination + b"\0\0"
    rest = size - len(head) - 2
    head += struct.pack(">H", 0x4000 | rest) + struct.pack(">H", number)
    plain = frames + bytes(rest - 2 - 16 - len(frames))
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    packet = bytearray(head + _gcm(key, nonce, plain, head))
    at = len(head) - 2
    mask = Aes(hp).block(packet[at + 4:at + 20])
    packet[0] ^= mask[0] & 0x0f
    packet[at] ^= mask[1]
    packet[at + 1] ^= mask[2]
    return bytes(packet)
