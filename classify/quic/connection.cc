#include "classify/quic/connection.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "classify/quic/frames.h"

namespace unopened::classify::quic {

void Connection::Start(base::Bytes destination) {
  Clear();
  destination_size_ = std::min(destination.size(), destination_.size());
  std::copy_n(destination.begin(), destination_size_, destination_.begin());
  derived_ = {};
  versions_ = {};
  retried_ = false;
}

void Connection::Clear() {
  for (CryptoStream& stream : streams_) stream.Clear();
}

const InitialKeys& Connection::KeysOf(std::size_t version, Sender sender) {
  InitialKeys& keys = keys_[version][Index(sender)];
  if (!derived_[version][Index(sender)]) {
    keys = InitialCrypto::Derive(kVersions[version], destination(), sender);
    derived_[version][Index(sender)] = true;
  }
  return keys;
}

Connection::Outcome Connection::Read(InitialCrypto& crypto, const LongHeader& header, Sender sender,
                                     std::span<std::uint8_t> plaintext) {
  const auto parsed = crypto.Open(KeysOf(header.version, sender), header, plaintext);
  const OpenedInitial* opened = base::Value(parsed);
  if (opened == nullptr) return Outcome::kRefused;
  Outcome outcome = Outcome::kRefused;
  // Looked through before anything is taken from it: a packet counts whole or not at all.
  if (RefusedFrames(opened->frames).empty()) {
    outcome = Outcome::kRead;
    versions_[Index(sender)] = header.version;
    for (CryptoFrameWalk walk(opened->frames); walk.Next();) {
      const CryptoFrame& frame = walk.frame();
      if (streams_[Index(sender)].Add(frame.offset, frame.data) ==
          CryptoStream::Outcome::kConflict) {
        outcome = Outcome::kConflict;
        break;
      }
    }
  }
  OPENSSL_cleanse(plaintext.data(), opened->frames.size());
  return outcome;
}

}  // namespace unopened::classify::quic
