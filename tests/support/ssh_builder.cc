#include "tests/support/ssh_builder.h"

#include "tests/support/wire.h"

namespace unopened::tests {

std::vector<std::uint8_t> SshPacket(std::uint8_t message, const std::vector<std::uint8_t>& body) {
  constexpr std::size_t kBlock = 8;
  constexpr std::size_t kMinPadding = 4;
  const std::size_t unpadded = 4 + 1 + 1 + body.size();
  std::size_t padding = kBlock - unpadded % kBlock;
  if (padding < kMinPadding) padding += kBlock;
  Wire wire;
  wire.U32(unpadded - 4 + padding).U8(padding).U8(message).Append(body).Fill(padding, 0xcc);
  return wire.bytes();
}

std::vector<std::uint8_t> SshKexInitBody(const SshLists& lists) {
  Wire wire;
  wire.Fill(16, 0xab);
  for (const std::string_view list :
       {lists.kex, lists.host_key, lists.encryption_to_server, lists.encryption_to_client,
        lists.mac_to_server, lists.mac_to_client, lists.compression_to_server,
        lists.compression_to_client, lists.languages_to_server, lists.languages_to_client}) {
    wire.U32(list.size()).Text(list);
  }
  return wire.U8(0).U32(0).bytes();
}

std::vector<std::uint8_t> SshKexInit(const SshLists& lists) {
  return SshPacket(20, SshKexInitBody(lists));
}

}  // namespace unopened::tests
