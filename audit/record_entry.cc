#include "audit/record_entry.h"

#include <algorithm>

#include "audit/members.h"
#include "audit/note/base64.h"
#include "audit/note/key.h"
#include "audit/note/utf8.h"

namespace unopened::audit {
namespace {

std::string Text(const Json& body) {
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool Verifies(const note::VerifierKey& key, const std::string& message,
              const std::string& signature) {
  const auto bytes = note::DecodeBase64(signature);
  if (!bytes || bytes->size() != note::kSignatureSize) return false;
  return key.Verify(message, {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}

}  // namespace

std::string RotationMessage(const KeyEntry& entry) {
  return "unopened key rotation 1\n" + std::to_string(entry.size) + "\n" + entry.old_key + "\n" +
         entry.new_key + "\n" + std::string(Name(entry.reason)) + "\n" +
         base::FormatTime(entry.at) + "\n";
}

bool IsSignedByBoth(const KeyEntry& entry) {
  const auto old_key = note::VerifierKey::Parse(entry.old_key);
  const auto new_key = note::VerifierKey::Parse(entry.new_key);
  if (!old_key || !new_key || old_key->name() != new_key->name() ||
      old_key->SamePublicKey(*new_key)) {
    return false;
  }
  const std::string message = RotationMessage(entry);
  return Verifies(*old_key, message, entry.old_signature) &&
         Verifies(*new_key, message, entry.new_signature);
}

bool IsPolicy(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPolicyBytes && note::IsUtf8WithoutControls(text) &&
         text.find('\n') == std::string_view::npos;
}

std::string Write(const WitnessedEntry& entry) {
  return Text({{"type", "witnessed"},
               {"at", base::FormatTime(entry.at)},
               {"size", entry.size},
               {"root", note::EncodeBase64(entry.root)},
               {"cosignatures", entry.lines}});
}

std::string Write(const KeyEntry& entry) {
  return Text({{"type", "key"},
               {"at", base::FormatTime(entry.at)},
               {"size", entry.size},
               {"old", entry.old_key},
               {"new", entry.new_key},
               {"reason", Name(entry.reason)},
               {"old_signature", entry.old_signature},
               {"new_signature", entry.new_signature}});
}

std::string Write(const PrunedEntry& entry) {
  return Text({{"type", "pruned"},
               {"at", base::FormatTime(entry.at)},
               {"before", entry.before},
               {"policy", entry.policy}});
}

base::Result<WitnessedEntry> ReadWitnessed(const Json& body) {
  return Read<WitnessedEntry>(
      body, "witnessed", [](Members& m, WitnessedEntry& entry, Trouble& trouble) {
        entry.at = m.Time("at");
        entry.size = m.Uint("size");
        const std::string root = m.Text("root");
        const auto bytes = note::DecodeBase64(root);
        if (!trouble.any() && (!bytes || bytes->size() != entry.root.size())) {
          m.Wrong("root", "is no hash in base 64");
        } else if (bytes && bytes->size() == entry.root.size()) {
          std::copy(bytes->begin(), bytes->end(), entry.root.begin());
        }
        m.Elements("cosignatures", [&](const Json& value, const std::string& path) {
          entry.lines.push_back(ReadString(value, path, trouble));
        });
        if (!trouble.any() && entry.lines.empty()) m.Wrong("cosignatures", "is empty");
      });
}

base::Result<KeyEntry> ReadKey(const Json& body) {
  return Read<KeyEntry>(body, "key", [](Members& m, KeyEntry& entry, Trouble&) {
    entry.at = m.Time("at");
    entry.size = m.Uint("size");
    entry.old_key = m.Text("old");
    entry.new_key = m.Text("new");
    entry.reason = m.OneOf<RotationReason>("reason", kRotationReasonNames);
    entry.old_signature = m.Text("old_signature");
    entry.new_signature = m.Text("new_signature");
  });
}

base::Result<PrunedEntry> ReadPruned(const Json& body) {
  return Read<PrunedEntry>(body, "pruned", [](Members& m, PrunedEntry& entry, Trouble&) {
    entry.at = m.Time("at");
    entry.before = m.Uint("before");
    entry.policy = m.Text("policy");
  });
}

}  // namespace unopened::audit
