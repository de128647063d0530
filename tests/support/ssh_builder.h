// Builds the readable start of an SSH connection byte by byte. For tests and fuzz seeds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unopened::tests {

// The ten name-lists of an SSH_MSG_KEXINIT in wire order (RFC 4253 §7.1).
struct SshLists {
  std::string_view kex = "curve25519-sha256";
  std::string_view host_key = "ssh-ed25519";
  std::string_view encryption_to_server = "aes128-ctr";
  std::string_view encryption_to_client = "aes128-ctr";
  std::string_view mac_to_server = "hmac-sha2-256";
  std::string_view mac_to_client = "hmac-sha2-256";
  std::string_view compression_to_server = "none";
  std::string_view compression_to_client = "none";
  std::string_view languages_to_server = "";
  std::string_view languages_to_client = "";
};

// A binary packet with the padding RFC 4253 §6 asks for.
std::vector<std::uint8_t> SshPacket(std::uint8_t message, const std::vector<std::uint8_t>& body);
// The body of an SSH_MSG_KEXINIT, behind its message number.
std::vector<std::uint8_t> SshKexInitBody(const SshLists& lists);
std::vector<std::uint8_t> SshKexInit(const SshLists& lists);

}  // namespace unopened::tests
