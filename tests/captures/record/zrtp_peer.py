"""One end of a ZRTP key agreement by libbzrtp (Linphone's), over UDP, without a cache of earlier ones:
zrtp_peer.py OWN_ADDRESS PEER_ADDRESS PORT SSRC SECONDS. Prints whether keys were agreed."""

import ctypes
import ctypes.util
import select
import socket
import sys
import time

own, peer, port, ssrc, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
lib = ctypes.CDLL(ctypes.util.find_library("bzrtp") or "libbzrtp.so.0")
lib.bzrtp_createBzrtpContext.restype = ctypes.c_void_p
SSRC = ctypes.c_uint32(ssrc)

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.bind((own, port))
link.connect((peer, port))

STATUS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint8, ctypes.c_char_p)
SEND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_uint16)
SECRETS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint8)
START = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)
EXPORT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint8)


class Callbacks(ctypes.Structure):
    _fields_ = [("status", STATUS), ("level", ctypes.c_int), ("send", SEND), ("secrets", SECRETS), ("start", START),
                ("export", EXPORT)]


def send(_data, packet, size):
    try:
        link.send(bytes(packet[:size]))
    except ConnectionRefusedError:
        pass  # the other end has not opened its port yet; the engine sends again
    return 0


callbacks = Callbacks(STATUS(lambda *_: 0), 0, SEND(send), SECRETS(lambda *_: 0), START(lambda *_: 0),
                      EXPORT(lambda *_: 0))
context = ctypes.c_void_p(lib.bzrtp_createBzrtpContext())
assert lib.bzrtp_setCallbacks(context, ctypes.byref(callbacks)) == 0
assert lib.bzrtp_initBzrtpContext(context, SSRC) == 0
assert lib.bzrtp_startChannelEngine(context, SSRC) == 0
end = time.monotonic() + seconds
while time.monotonic() < end:
    readable, _, _ = select.select([link], [], [], 0.01)
    if readable:
        try:
            packet = link.recv(2048)
        except ConnectionRefusedError:
            packet = b""
        if packet:
            lib.bzrtp_processMessage(context, SSRC, ctypes.create_string_buffer(packet, len(packet)), len(packet))
    lib.bzrtp_iterate(context, SSRC, ctypes.c_uint64(int(time.monotonic() * 1000)))
SECURE = 0x1004
print("secure" if lib.bzrtp_getChannelStatus(context, SSRC) == SECURE else "not secure")
