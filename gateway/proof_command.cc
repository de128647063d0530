// `unopened audit prove`, `audit check-proof` and `audit disclose`.
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "audit/note/note.h"
#include "audit/note/proof_file.h"
#include "audit/reader.h"
#include "audit/store/atomic_file.h"
#include "audit/store/posix_file_system.h"
#include "audit/store/tile_store.h"
#include "audit/witness/policy.h"
#include "gateway/command_line.h"
#include "gateway/key_argument.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using audit::note::Checkpoint;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::string_view kProveHelp =
    R"(Usage: unopened audit prove --log DIR --entry N [--out FILE]
       unopened audit prove --log DIR --since SIZE|CHECKPOINT [--out FILE]

Writes a proof that anyone can check offline with the log's public key.

      --log DIR             the log's folder
      --entry N             that entry N is in the signed tree: a C2SP tlog-proof
      --since SIZE          that the signed tree is a continuation of the tree of that size, or of the one that a saved
                            checkpoint file names: the request of C2SP tlog-witness
      --to CHECKPOINT       with --since: the newer of the two, a saved checkpoint file (default: the log's own)
      --out FILE            where to (default: standard output)
  -h, --help                this page
)";

constexpr std::string_view kCheckHelp =
    R"(Usage: unopened audit check-proof --proof FILE --entry FILE (--key VKEY | --policy FILE)
       unopened audit check-proof --proof FILE --old CHECKPOINT (--key VKEY | --policy FILE)

Checks a proof of `audit prove` or of any other C2SP tool, offline: no log folder is needed.

      --proof FILE          the proof
      --entry FILE          the entry that it is about, as `audit disclose` wrote it
      --old CHECKPOINT      for a proof of continuation: the older checkpoint
      --key VKEY            the log's verifier key, as text or in a file
      --policy FILE         a C2SP tlog-policy: the logs, the witnesses, and how many of these must have cosigned
  -h, --help                this page

The status is 0 if the proof holds, 6 if it does not.
)";

constexpr std::string_view kDiscloseHelp =
    R"(Usage: unopened audit disclose --log DIR --entry N --out PREFIX

Hands over one entry with its proof, and nothing else of the log: writes PREFIX.json and PREFIX.tlog-proof. Whoever has
the verifier key checks them with: unopened audit check-proof --proof PREFIX.tlog-proof --entry PREFIX.json --key VKEY

      --log DIR             the log's folder
      --entry N             which entry, see: unopened audit show
      --out PREFIX          what the two files are named
  -h, --help                this page
)";

constexpr std::size_t kMaxEntryFile = 1 << 17;

std::string Get(const po::variables_map& values, const char* name) {
  return values.count(name) == 0 ? std::string() : values[name].as<std::string>();
}

// A checkpoint whose signatures are for somebody else to verify.
Result<Checkpoint> Unverified(std::string_view signed_note, const std::string& where) {
  const auto parsed = audit::note::ParseNote(signed_note);
  auto checkpoint = parsed ? audit::note::ParseCheckpoint(parsed->text) : std::nullopt;
  if (!checkpoint) return Fail(Failure::kInput, "not a checkpoint", where);
  return *checkpoint;
}

Result<base::Done> Write(const std::string& path, const std::string& bytes,
                         audit::FileSystem& file_system) {
  if (!path.empty()) return audit::WriteDurably(file_system, path, bytes, audit::kOpenMode);
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  return base::Done{};
}

Result<bool> IsRemoved(const audit::LogReader& reader, std::uint64_t index) {
  bool removed = false;
  const auto read = reader.ReadEntries(
      index, index + 1, [](std::uint64_t, std::string_view) { return true; },
      [&removed](std::uint64_t) { removed = true; });
  if (!read) return Fail(read.error());
  return removed;
}

Result<std::string> InclusionText(const audit::LogReader& reader, std::uint64_t index) {
  if (index >= reader.checkpoint().size) {
    return Fail(Failure::kUsage, "there is no entry " + std::to_string(index),
                "the log has " + std::to_string(reader.checkpoint().size), "they count from 0");
  }
  auto proof = reader.ProveInclusion(index);
  if (!proof) return Fail(proof.error());
  return audit::note::EncodeInclusion({index, std::move(*proof), reader.signed_note()});
}

// `since` is a size, or a file with the older checkpoint.
Result<std::string> ConsistencyText(const audit::LogReader& reader, const std::string& since,
                                    const std::string& to, audit::FileSystem& file_system) {
  std::string newer = reader.signed_note();
  if (!to.empty()) {
    auto bytes = file_system.ReadAtMost(to, audit::note::kMaxNoteBytes);
    if (!bytes) return bytes;
    newer = std::move(*bytes);
  }
  const auto checkpoint = Unverified(newer, to);
  if (!checkpoint) return Fail(checkpoint.error());
  auto old_size = audit::note::ParseSize(since);
  if (!old_size) {
    const auto bytes = file_system.ReadAtMost(since, audit::note::kMaxNoteBytes);
    if (!bytes) return Fail(bytes.error());
    const auto older = Unverified(*bytes, since);
    if (!older) return Fail(older.error());
    old_size = older->size;
  }
  if (*old_size == 0 || *old_size > checkpoint->size ||
      checkpoint->size > reader.checkpoint().size) {
    return Fail(Failure::kUsage,
                fmt::format("no continuation from {} to {} entries can be shown", *old_size,
                            checkpoint->size),
                fmt::format("the log has {}", reader.checkpoint().size),
                "0 < older <= newer <= the log's");
  }
  auto proof = reader.ProveConsistency(*old_size, checkpoint->size);
  if (!proof) return Fail(proof.error());
  return audit::note::EncodeConsistency({*old_size, std::move(*proof), newer});
}

// Whom the checker trusts.
struct Trust {
  std::optional<audit::note::VerifierKey> key;
  std::optional<audit::witness::Policy> policy;
};
Result<Trust> TrustOf(const po::variables_map& values, audit::FileSystem& file_system) {
  Trust trust;
  const std::string key = Get(values, "key");
  const std::string policy = Get(values, "policy");
  if (key.empty() && policy.empty()) {
    return Fail(Failure::kUsage, "whose signature is to be trusted", "", "--key or --policy");
  }
  if (!key.empty()) {
    const auto text = TextOrFile(key, file_system);
    if (!text) return Fail(text.error());
    auto parsed = audit::note::VerifierKey::Parse(*text);
    if (!parsed) return Fail(parsed.error());
    trust.key = std::move(*parsed);
  }
  if (!policy.empty()) {
    const auto text = file_system.ReadAtMost(policy, audit::witness::kMaxPolicyBytes);
    if (!text) return Fail(text.error());
    auto parsed = audit::witness::Policy::Parse(*text, policy);
    if (!parsed) return Fail(parsed.error());
    trust.policy = std::move(*parsed);
  }
  return trust;
}

// The checkpoint, if everyone has signed who must have.
Result<Checkpoint> Verified(const std::string& signed_note, const Trust& trust) {
  auto checkpoint = Unverified(signed_note, "");
  if (!checkpoint) return Fail(Failure::kLog, "the proof holds no checkpoint");
  if (trust.key) {
    const auto opened = audit::note::OpenNote(signed_note, *trust.key);
    if (!opened) return Fail(opened.error());
    if (checkpoint->origin != trust.key->name()) {
      return Fail(Failure::kLog, "the checkpoint is of another log: " + checkpoint->origin);
    }
  }
  if (trust.policy) {
    if (!trust.policy->IsOfKnownLog(signed_note)) {
      return Fail(Failure::kLog, "the checkpoint is not of a log that the policy lists");
    }
    if (trust.policy->logs().empty() && !trust.key) {
      return Fail(Failure::kUsage, "the policy lists no log", "", "name the log's key: --key");
    }
    const auto by = trust.policy->CosignedBy(signed_note);
    if (!trust.policy->IsQuorum(by)) {
      return Fail(Failure::kLog, fmt::format("too few witnesses have cosigned: {} of {}", by.size(),
                                             trust.policy->witnesses().size()));
    }
  }
  return checkpoint;
}

Result<base::Done> CheckInclusion(const std::string& proof_bytes, std::string entry,
                                  const Trust& trust) {
  const auto file = audit::note::ParseInclusion(proof_bytes);
  if (!file) return Fail(Failure::kLog, "not a tlog-proof");
  const auto checkpoint = Verified(file->signed_checkpoint, trust);
  if (!checkpoint) return Fail(checkpoint.error());
  if (!entry.empty() && entry.back() == '\n') entry.pop_back();
  audit::merkle::Hasher hasher;
  if (!audit::merkle::VerifyInclusion(file->index, checkpoint->size, hasher.Leaf(entry),
                                      file->proof, checkpoint->root, hasher)) {
    return Fail(Failure::kLog, "the entry is not the one that the proof is about");
  }
  fmt::print("holds  entry {} of {} is in the tree of {} entries\n", file->index,
             checkpoint->origin, checkpoint->size);
  return base::Done{};
}

Result<base::Done> CheckConsistency(const std::string& proof_bytes, const std::string& old_note,
                                    const Trust& trust) {
  const auto file = audit::note::ParseConsistency(proof_bytes);
  if (!file) return Fail(Failure::kLog, "not a proof of continuation");
  const auto newer = Verified(file->signed_checkpoint, trust);
  if (!newer) return Fail(newer.error());
  // An older checkpoint may have fewer cosignatures; the log's own signature it must have.
  const auto older = Unverified(old_note, "");
  if (!older || older->origin != newer->origin) {
    return Fail(Failure::kLog, "the older checkpoint is not of the same log");
  }
  if (trust.key ? !audit::note::OpenNote(old_note, *trust.key).has_value()
                : !trust.policy->IsOfKnownLog(old_note)) {
    return Fail(Failure::kLog, "the older checkpoint is not signed by the log");
  }
  audit::merkle::Hasher hasher;
  if (file->old_size != older->size ||
      !audit::merkle::VerifyConsistency(older->size, newer->size, older->root, newer->root,
                                        file->proof, hasher)) {
    return Fail(Failure::kLog,
                fmt::format("the tree of {} entries is no continuation of the one of {}",
                            newer->size, older->size),
                "", "if both signatures hold, the log has shown two histories: keep both files");
  }
  fmt::print("holds  the tree of {} entries continues that of {}\n", newer->size, older->size);
  return base::Done{};
}

}  // namespace

int AuditProve(const Arguments& arguments) {
  OptionSet set{"audit prove", kProveHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("entry", po::value<std::uint64_t>());
  add("since", po::value<std::string>());
  add("to", po::value<std::string>());
  add("out", po::value<std::string>());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kProveHelp.data(), 1, kProveHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  if (values->count("entry") + values->count("since") != 1) {
    return Report(
        {Failure::kUsage, "what is to be proved", "", "either --entry N or --since SIZE"});
  }
  audit::PosixFileSystem file_system;
  const auto reader = audit::LogReader::Open(file_system, Get(*values, "log"));
  if (!reader) return Report(reader.error());
  const bool about_entry = values->count("entry") != 0;
  const auto text = about_entry ? InclusionText(*reader, (*values)["entry"].as<std::uint64_t>())
                                : ConsistencyText(*reader, Get(*values, "since"),
                                                  Get(*values, "to"), file_system);
  if (!text) return Report(text.error());
  const auto written = Write(Get(*values, "out"), *text, file_system);
  if (!written) return Report(written.error());
  // The proof holds all the same, for whoever was handed the entry while it was there.
  if (about_entry && IsRemoved(*reader, (*values)["entry"].as<std::uint64_t>()).value_or(false)) {
    std::fprintf(stderr, "unopened: the entry's body was removed from the log (audit prune)\n");
  }
  return 0;
}

int AuditCheckProof(const Arguments& arguments) {
  OptionSet set{"audit check-proof", kCheckHelp, po::options_description()};
  auto add = set.options.add_options();
  for (const char* name : {"proof", "entry", "old", "key", "policy"}) {
    add(name, po::value<std::string>());
  }
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kCheckHelp.data(), 1, kCheckHelp.size(), stdout);
    return 0;
  }
  if (values->count("proof") == 0) {
    return Report({Failure::kUsage, "which proof", "", "--proof FILE"});
  }
  if (values->count("entry") + values->count("old") != 1) {
    return Report({Failure::kUsage, "what is the proof about", "", "either --entry or --old"});
  }
  audit::PosixFileSystem file_system;
  const auto trust = TrustOf(*values, file_system);
  if (!trust) return Report(trust.error());
  const auto proof = file_system.ReadAtMost(Get(*values, "proof"), audit::note::kMaxProofBytes);
  if (!proof) return Report(proof.error());
  const bool about_entry = values->count("entry") != 0;
  auto subject = file_system.ReadAtMost(Get(*values, about_entry ? "entry" : "old"), kMaxEntryFile);
  if (!subject) return Report(subject.error());
  const auto checked = about_entry ? CheckInclusion(*proof, std::move(*subject), *trust)
                                   : CheckConsistency(*proof, *subject, *trust);
  return checked ? 0 : Report(checked.error());
}

int AuditDisclose(const Arguments& arguments) {
  OptionSet set{"audit disclose", kDiscloseHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("entry", po::value<std::uint64_t>());
  add("out", po::value<std::string>());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kDiscloseHelp.data(), 1, kDiscloseHelp.size(), stdout);
    return 0;
  }
  for (const char* name : {"log", "entry", "out"}) {
    if (values->count(name) == 0) {
      return Report({Failure::kUsage, "an option is missing", "--" + std::string(name),
                     "see: unopened audit disclose --help"});
    }
  }
  audit::PosixFileSystem file_system;
  const auto reader = audit::LogReader::Open(file_system, Get(*values, "log"));
  if (!reader) return Report(reader.error());
  const std::uint64_t index = (*values)["entry"].as<std::uint64_t>();
  const auto proof = InclusionText(*reader, index);
  if (!proof) return Report(proof.error());
  const auto removed = IsRemoved(*reader, index);
  if (!removed) return Report(removed.error());
  if (*removed) {
    return Report({Failure::kInput, "the entry's body was removed from the log",
                   "entry " + std::to_string(index),
                   "audit verify tells under which policy; its hash can still be proved"});
  }
  std::string text;
  const auto read = reader->ReadEntries(index, index + 1, [&](std::uint64_t, std::string_view e) {
    text = std::string(e) + "\n";
    return true;
  });
  if (!read) return Report(read.error());
  const std::string prefix = Get(*values, "out");
  for (const auto& [path, bytes] :
       {std::pair{prefix + ".json", text}, std::pair{prefix + ".tlog-proof", *proof}}) {
    if (const auto written = Write(path, bytes, file_system); !written) {
      return Report(written.error());
    }
  }
  fmt::print("wrote  {0}.json and {0}.tlog-proof: entry {1} of {2}\n", prefix, index,
             reader->checkpoint().origin);
  return 0;
}

}  // namespace unopened::gateway
