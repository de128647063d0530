// A small log's bodies in which every type of entry stands, made by the ledger from a fixed tally.
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>
#include <vector>

#include "audit/blind.h"
#include "audit/demands/demands_entry.h"
#include "audit/ledger.h"
#include "audit/merkle/hash.h"
#include "audit/note/base64.h"
#include "audit/note/checkpoint.h"
#include "audit/note/cosignature.h"
#include "audit/record_entry.h"
#include "tests/audit/sample_catalogue.h"

namespace unopened::audit::tests {

inline std::string Blinded(const std::string& body, std::uint64_t index) {
  return WithBlind(body, LogSecret{7}, index);
}

inline RunStatement LiveRun() {
  RunStatement run;
  run.version = "0.1.0";
  run.source_kind = "live";
  run.tap = "edge-1";
  run.legal_basis = "research agreement 7";
  return run;
}

// A key that is always the same one: its seed is 32 times `byte`.
inline note::Signer FixedSigner(const std::string& name, std::uint8_t byte,
                                note::KeyType type = note::KeyType::kNote) {
  std::array<std::uint8_t, 1 + note::kEd25519Size> typed;
  typed.fill(byte);
  typed[0] = static_cast<std::uint8_t>(type);
  const note::OpensslKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                          typed.data() + 1, note::kEd25519Size));
  std::array<std::uint8_t, note::kEd25519Size> public_key{};
  std::size_t size = public_key.size();
  EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size);
  const std::uint32_t id = note::KeyId(name, public_key, type);
  const std::array<std::uint8_t, 4> id_bytes = {
      static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16),
      static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  return std::move(*note::Signer::Parse(
      "PRIVATE+KEY+" + name + "+" + merkle::Hex(id_bytes) + "+" + note::EncodeBase64(typed), type));
}

inline WitnessedEntry Witnessed(std::uint64_t size) {
  WitnessedEntry entry{TimeAt("2023-12-06", 181), size, {}, {}};
  const std::string text = note::CheckpointText({"example.org/log", size, entry.root});
  std::string line = note::CosignatureLine(
      text, FixedSigner("witness.example/w1", 9, note::KeyType::kCosignature), 1'701'820'981);
  line.pop_back();
  entry.lines.push_back(line);
  return entry;
}

inline KeyEntry Rotation(std::uint64_t index) {
  const note::Signer old_key = FixedSigner("example.org/log", 1);
  const note::Signer new_key = FixedSigner("example.org/log", 2);
  KeyEntry entry{TimeAt("2023-12-06", 182),
                 index,
                 old_key.verifier().Text(),
                 new_key.verifier().Text(),
                 RotationReason::kScheduled,
                 "",
                 ""};
  entry.old_signature = note::EncodeBase64(old_key.Sign(RotationMessage(entry)));
  entry.new_signature = note::EncodeBase64(new_key.Sign(RotationMessage(entry)));
  return entry;
}

inline Demand TwoOutcomes() {
  Demand demand;
  demand.id = "00000000000000a1";
  demand.from = demand.until = base::DayOf(TimeAt("2023-12-05"));
  demand.instrument = "us_warrant";
  demand.jurisdiction = "US";
  demand.subject = "whatsapp";
  demand.demands = *Amount::Exactly(2);
  Outcomes& stored = demand.categories[Category::kStoredContent];
  stored[static_cast<std::size_t>(DemandOutcome::kNotHeld)] = *Amount::Exactly(2);
  demand.categories[Category::kSubscriberIdentity][0] = *Amount::Exactly(1);
  return demand;
}

inline Demand InABand() {
  Demand demand = TwoOutcomes();
  demand.id = "00000000000000a2";
  demand.instrument = "us_nsl";
  demand.authority = Authority::kFederal;
  demand.subject = "network";
  demand.demands = *Amount::Band(0, 250);
  demand.categories = {{Category::kSubscriberIdentity, {}}};
  return demand;
}

// The sample catalogue with a later policy of Messenger's, and another declaration.
inline Catalogue ReloadedCatalogue() {
  Catalogue c = SampleCatalogue();
  c.digest = std::string(64, 'b');
  c.services[1].scopes[0].intervals[1].policy = Policy::kE2eeOptional;
  c.network_operator.tls_inspection_none = !c.network_operator.tls_inspection_none;
  return c;
}

// Two runs of five windows and a gap, one shape assessed thrice, pending carried, a loss, a bound,
// and another catalogue in the midst of the first run.
inline std::vector<std::string> SampleLog() {
  static const Catalogue catalogue = SampleCatalogue();
  Ledger ledger(catalogue, 3);
  std::vector<std::string> log;
  const auto add = [&](const std::vector<std::string>& bodies) {
    log.insert(log.end(), bodies.begin(), bodies.end());
    ledger.Committed(log.size(), 0);
  };
  TallyDelta tally;
  tally.shapes[ShapeOf(TlsSession(kMessenger))] = {3, 2, 30, 3000};
  tally.shapes[ShapeOf(PlainHttp())] = {1, 1, 10, 1000};
  tally.losses["dropped_kernel"] = {4, 0};
  tally.losses["not_ip"] = {1, 60};
  tally.packets = 30 + 10 + 4 + 1 + 5;
  tally.bytes = 3000 + 1000 + 60 + 500;
  tally.pending_packets = 5;
  tally.pending_bytes = 500;
  add(ledger.BeginRun(LiveRun(), TimeAt("2023-12-05", 86'340)));
  add(ledger.CloseWindow(TimeAt("2023-12-05", 86'340), 60, tally, false));
  TallyDelta next;
  next.shapes[ShapeOf(TlsSession(kMessenger))] = {1, 1, 5, 500};
  add(ledger.CloseWindow(TimeAt("2023-12-06"), 60, next, false));
  add({ledger.Gap(TimeAt("2023-12-06", 60), TimeAt("2023-12-06", 120), "disk_full", {})});
  TallyDelta wide;
  for (const classify::EndpointId e : {kWhatsApp, kMessenger, kTelegram, kFacebook}) {
    wide.shapes[ShapeOf(TlsSession(e))] = {1, 1, 5, 500};
    wide.packets += 5;
    wide.bytes += 500;
  }
  add(ledger.CloseWindow(TimeAt("2023-12-06", 120), 50, wide, false));
  static const Catalogue reloaded = ReloadedCatalogue();
  add(ledger.Reload(reloaded, std::string(64, 'd'), TimeAt("2023-12-06", 170)));
  next.packets = 5;
  next.bytes = 500;
  add(ledger.CloseWindow(TimeAt("2023-12-06", 170), 10, next, false));
  add({ledger.Stop(TimeAt("2023-12-06", 180), "signal")});
  add({Write(Witnessed(log.size() - 1)), Write(Rotation(log.size() + 1))});
  for (const std::string& body :
       WriteDemands(base::DayOf(TimeAt("2023-12-07")), {TwoOutcomes(), InABand()})) {
    add({body});
  }
  add({Write(PrunedEntry{TimeAt("2023-12-08"), 0, "windows are kept for three years"})});
  RunStatement file = LiveRun();
  file.source_kind = "file";
  ledger.Use(catalogue);
  add(ledger.BeginRun(file, TimeAt("2024-01-01")));
  TallyDelta one;
  one.shapes[ShapeOf(TlsSession(kWhatsApp))] = {1, 1, 5, 500};
  one.packets = 5;
  one.bytes = 500;
  add(ledger.CloseWindow(TimeAt("2019-03-01"), 60, one, true));
  add({ledger.Stop(TimeAt("2024-01-01", 1), "end_of_input")});
  return log;
}

}  // namespace unopened::audit::tests
