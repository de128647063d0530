#include "classify/quic/connection.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "classify/gquic/frames.h"
#include "classify/quic/frames.h"

namespace unopened::classify::quic {
namespace {

// Hands all handshake bytes of a walk to `stream`.
template <class Walk>
Connection::Outcome AddAll(Walk walk, CryptoStream& stream) {
  while (walk.Next()) {
    if (stream.Add(walk.frame().offset, walk.frame().data) == CryptoStream::Outcome::kConflict) {
      return Connection::Outcome::kConflict;
    }
  }
  return Connection::Outcome::kRead;
}

}  // namespace

void Connection::Start(base::Bytes destination, std::size_t version) {
  Clear();
  destination_size_ = std::min(destination.size(), destination_.size());
  std::copy_n(destination.begin(), destination_size_, destination_.begin());
  for (Schedule& schedule : schedules_) {
    schedule.version = version;
    schedule.extracted = false;
    schedule.derived = {};
  }
  versions_ = {version, version};
  heard_ = {};
  retried_ = false;
}

void Connection::Clear() {
  for (CryptoStream& stream : streams_) stream.Clear();
}

const InitialKeys& Connection::KeysOf(Schedule& schedule, Sender sender) {
  const VersionRow& version = kVersions[schedule.version];
  if (!schedule.extracted) {
    schedule.secret = ExtractInitialSecret(version.salt, destination());
    schedule.extracted = true;
  }
  InitialKeys& keys = schedule.keys[Index(sender)];
  if (!schedule.derived[Index(sender)]) {
    keys = DeriveInitialKeys(schedule.secret, *version.labels, sender);
    schedule.derived[Index(sender)] = true;
  }
  return keys;
}

Connection::Outcome Connection::Take(base::Bytes frames, std::size_t packet_number_size,
                                     Sender sender) {
  CryptoStream& stream = streams_[Index(sender)];
  // Looked through before anything is taken from it: a packet counts whole or not at all.
  if (version(sender).framing == Framing::kIetf) {
    if (!RefusedFrames(frames).empty()) return Outcome::kRefused;
    return AddAll(CryptoFrameWalk(frames), stream);
  }
  const gquic::FrameLayout layout = {
      .big_endian = true, .missing_packets = false, .packet_number_size = packet_number_size};
  if (!gquic::RefusedFrames(frames, layout).empty()) return Outcome::kRefused;
  return AddAll(gquic::FrameWalk(frames, layout), stream);
}

Connection::Outcome Connection::Read(InitialCrypto& crypto, const LongHeader& header, Sender sender,
                                     std::span<std::uint8_t> plaintext) {
  // Any reserved number is read as the one the client began with.
  const bool reserved = header.version == kFirstReservedRow && first_version() >= kFirstReservedRow;
  const std::size_t version = reserved ? first_version() : header.version;
  if (!AreCompatible(first_version(), version)) return Outcome::kRefused;
  Schedule& schedule = schedules_[version == first_version() ? 0 : 1];
  schedule.version = version;
  const auto parsed = crypto.Open(KeysOf(schedule, sender), header, plaintext);
  const OpenedInitial* opened = base::Value(parsed);
  if (opened == nullptr) return Outcome::kRefused;
  const std::size_t before = versions_[Index(sender)];
  versions_[Index(sender)] = version;
  const Outcome outcome = Take(opened->frames, opened->packet_number_size, sender);
  OPENSSL_cleanse(plaintext.data(), opened->frames.size());
  if (outcome == Outcome::kRefused) {
    versions_[Index(sender)] = before;
  } else {
    heard_[Index(sender)] = true;
  }
  return outcome;
}

}  // namespace unopened::classify::quic
