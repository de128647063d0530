#include "tests/support/whatsapp_builder.h"

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

// A length-prefixed field of Protocol Buffers.
void Field(Wire& wire, std::uint32_t number, const std::vector<std::uint8_t>& body) {
  wire.U8(number << 3 | 2);
  std::size_t length = body.size();
  for (; length >= 0x80; length >>= 7) wire.U8(0x80 | (length & 0x7f));
  wire.U8(length);
  wire.Append(body);
}

void Filled(Wire& wire, std::uint32_t number, std::size_t size, std::uint8_t filler) {
  if (size != 0) Field(wire, number, std::vector<std::uint8_t>(size, filler));
}

// A frame: its length in three bytes, then the one field `outer` around `hello`.
void Frame(Wire& wire, std::uint32_t outer, const Wire& hello) {
  wire.Prefixed24([&](Wire& frame) { Field(frame, outer, hello.bytes()); });
}

}  // namespace

std::vector<std::uint8_t> WhatsAppClientStart(const WhatsAppClient& client) {
  Wire wire;
  if (client.routing_info != 0) {
    wire.Text("ED").U8(0).U8(1);
    wire.Prefixed24([&](Wire& info) { info.Fill(client.routing_info, 0x08); });
  }
  wire.Text("WA").U8(client.major).U8(client.minor);
  Wire hello;
  Filled(hello, 1, client.ephemeral, 0xe1);
  Filled(hello, 2, client.sealed_static, 0x51);
  Filled(hello, 3, client.payload, 0x9a);
  Frame(wire, 2, hello);
  return wire.bytes();
}

std::vector<std::uint8_t> WhatsAppServerHello(const WhatsAppServer& server) {
  Wire hello;
  Filled(hello, 1, server.ephemeral, 0xe2);
  Filled(hello, 2, server.sealed_static, 0x52);
  Filled(hello, 3, server.payload, 0x9b);
  Wire wire;
  Frame(wire, 3, hello);
  return wire.bytes();
}

}  // namespace unopened::tests
