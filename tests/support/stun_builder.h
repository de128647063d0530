// Builds STUN messages. For tests and fuzz seeds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unopened::tests {

using StunBytes = std::vector<std::uint8_t>;

class StunMessage {
 public:
  // The transaction's 12 bytes are all `transaction`.
  StunMessage(std::uint16_t type, std::uint8_t transaction);
  // RFC 3489: no cookie, 16 bytes of `transaction`.
  StunMessage& Classic();
  StunMessage& Attribute(std::uint16_t type, const StunBytes& value);
  StunMessage& Attribute(std::uint16_t type, std::string_view value);
  // As Microsoft writes them from here on.
  StunMessage& Unpadded();
  // Appends FINGERPRINT; nothing may follow.
  StunBytes WithFingerprint() const;
  StunBytes bytes() const;

 private:
  std::uint16_t type_;
  std::uint8_t transaction_;
  bool classic_ = false;
  bool padded_ = true;
  StunBytes attributes_;
};

// What ICE sends to check a path: USERNAME, PRIORITY, ICE-CONTROLLING, FINGERPRINT.
StunBytes IceCheck(std::uint8_t transaction);
// The answer: XOR-MAPPED-ADDRESS, FINGERPRINT.
StunBytes IceAnswer(std::uint8_t transaction);

}  // namespace unopened::tests
