#include "tests/support/ike_builder.h"

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

using Octets = std::vector<std::uint8_t>;

// `next`, a reserved byte, the length with these four, and the body.
void Block(Wire& wire, std::uint8_t next, const Octets& body) {
  wire.U8(next).U8(0).U16(body.size() + 4).Append(body);
}

}  // namespace

Octets IkeMessage(const IkeHeader& header, const IkePayloads& payloads, std::uint8_t first_inside) {
  Wire chain;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const bool last = i + 1 == payloads.size();
    Block(chain, last ? first_inside : payloads[i + 1].first, payloads[i].second);
  }
  return Wire()
      .U64(header.initiator_spi)
      .U64(header.responder_spi)
      .U8(payloads.empty() ? 0 : payloads[0].first)
      .U8(header.version)
      .U8(header.exchange)
      .U8(header.flags)
      .U32(header.message_id)
      .U32(28 + chain.size())
      .Append(chain.bytes())
      .bytes();
}

Octets IkeSa(const std::vector<IkeTransforms>& proposals) {
  Wire sa;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    Wire body;
    body.U8(i + 1).U8(1).U8(0).U8(proposals[i].size());
    for (std::size_t j = 0; j < proposals[i].size(); ++j) {
      const auto& [type, id] = proposals[i][j];
      Wire transform;
      transform.U8(type).U8(0).U16(id);
      if (type == 1) transform.U16(0x800e).U16(256);  // key length
      Block(body, j + 1 == proposals[i].size() ? 0 : 3, transform.bytes());
    }
    Block(sa, i + 1 == proposals.size() ? 0 : 2, body.bytes());
  }
  return sa.bytes();
}

Octets Ike1Sa(const std::vector<std::uint16_t>& groups) {
  Wire proposal;
  proposal.U8(1).U8(1).U8(0).U8(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Wire transform;
    transform.U8(i + 1).U8(1).U16(0);
    transform.U16(0x8001).U16(7);         // AES
    transform.U16(12).U16(4).U32(28800);  // life duration, a long attribute
    transform.U16(0x8004).U16(groups[i]);
    Block(proposal, i + 1 == groups.size() ? 0 : 3, transform.bytes());
  }
  Wire sa;
  sa.U32(1).U32(1);
  Block(sa, 0, proposal.bytes());
  return sa.bytes();
}

Octets Esp(std::uint32_t spi, std::uint32_t sequence) {
  return Wire().U32(spi).U32(sequence).Fill(92, 0x6c).bytes();
}

Octets Marked(const Octets& message) { return Wire().U32(0).Append(message).bytes(); }

}  // namespace unopened::tests
