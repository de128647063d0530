#include "audit/witness/policy.h"

#include <algorithm>
#include <set>

#include "audit/note/checkpoint.h"
#include "audit/note/proof_file.h"

namespace unopened::audit::witness {
namespace {

using base::Fail;
using base::Failure;
using base::Result;
using Words = std::vector<std::string_view>;

bool IsAllowed(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7f);
  });
}

Words Split(std::string_view line) {
  constexpr std::string_view kSpace = " \t";
  Words words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kSpace), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

}  // namespace

// One policy as it is read, line by line.
Result<Policy> Policy::Parse(std::string_view text, const std::string& where) {
  Policy policy;
  std::set<std::size_t> in_a_group;
  bool quorum_seen = false;
  std::size_t number = 0;
  const auto wrong = [&](std::string what, std::string todo = "") {
    return Fail(Failure::kUsage, "policy: " + std::move(what), where + ":" + std::to_string(number),
                std::move(todo));
  };
  const auto find = [&](std::string_view name) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < policy.members_.size(); ++i) {
      if (policy.members_[i].name == name) return i;
    }
    return std::nullopt;
  };
  if (text.size() > kMaxPolicyBytes) return wrong("longer than 64 KiB");
  if (!IsAllowed(text)) return wrong("a control character");
  if (!text.empty() && text.back() != '\n') return wrong("its last line does not end in a newline");

  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const Words words = Split(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (words.empty() || words[0].starts_with('#')) continue;

    if (words[0] == "log") {
      if (words.size() != 2 && words.size() != 3) return wrong("log takes a key and maybe a URL");
      auto key = note::VerifierKey::Parse(words[1]);
      if (!key) return wrong("not a log's key: " + std::string(words[1]));
      for (const TrustedLog& other : policy.logs_) {
        if (other.key.SamePublicKey(*key)) return wrong("this log's key stands twice");
      }
      if (policy.logs_.size() == kMaxPolicyNames) return wrong("too many logs");
      policy.logs_.push_back({std::move(*key), std::string(words.size() == 3 ? words[2] : "")});
    } else if (words[0] == "witness") {
      if (words.size() != 3 && words.size() != 4) {
        return wrong("witness takes a name, a key and maybe a URL");
      }
      auto key = note::VerifierKey::Parse(words[2], note::KeyType::kCosignature);
      if (!key) return wrong("not a witness's key: " + std::string(words[2]));
      if (words[1] == "none" || find(words[1])) {
        return wrong("the name is taken: " + std::string(words[1]));
      }
      for (const TrustedWitness& other : policy.witnesses_) {
        if (other.key.SamePublicKey(*key)) return wrong("this witness's key stands twice");
      }
      if (policy.members_.size() == kMaxPolicyNames) return wrong("too many names");
      policy.members_.push_back({std::string(words[1]), policy.witnesses_.size(), 1, {}});
      policy.witnesses_.push_back(
          {std::string(words[1]), std::move(*key), std::string(words.size() == 4 ? words[3] : "")});
    } else if (words[0] == "group") {
      if (words.size() < 4) return wrong("group takes a name, a threshold and members");
      if (words[1] == "none" || find(words[1])) {
        return wrong("the name is taken: " + std::string(words[1]));
      }
      Member group{std::string(words[1]), std::nullopt, 0, {}};
      for (std::size_t i = 3; i < words.size(); ++i) {
        const auto member = find(words[i]);
        if (!member) return wrong("no such witness or group above: " + std::string(words[i]));
        if (!in_a_group.insert(*member).second) {
          return wrong("in a group already: " + std::string(words[i]));
        }
        group.members.push_back(*member);
      }
      const auto threshold = words[2] == "all"   ? std::optional(group.members.size())
                             : words[2] == "any" ? std::optional<std::size_t>(1)
                                                 : note::ParseSize(words[2]);
      if (!threshold || *threshold == 0 || *threshold > group.members.size()) {
        return wrong("not a threshold for " + std::to_string(group.members.size()) +
                         " members: " + std::string(words[2]),
                     "all, any, or a number from 1 to that");
      }
      group.threshold = *threshold;
      if (policy.members_.size() == kMaxPolicyNames) return wrong("too many names");
      policy.members_.push_back(std::move(group));
    } else if (words[0] == "quorum") {
      if (words.size() != 2) return wrong("quorum takes one name");
      if (quorum_seen) return wrong("a second quorum");
      quorum_seen = true;
      if (words[1] == "none") continue;
      policy.quorum_ = find(words[1]);
      if (!policy.quorum_) return wrong("no such witness or group above: " + std::string(words[1]));
    } else {
      return wrong("no such word: " + std::string(words[0]), "log, witness, group or quorum");
    }
  }
  if (!quorum_seen) return wrong("no quorum line", "quorum NAME, or quorum none");
  return policy;
}

bool Policy::IsOfKnownLog(std::string_view signed_checkpoint) const {
  if (logs_.empty()) return true;
  return std::any_of(logs_.begin(), logs_.end(), [&](const TrustedLog& log) {
    const auto text = note::OpenNote(signed_checkpoint, log.key);
    const auto checkpoint = text ? note::ParseCheckpoint(*text) : std::nullopt;
    return checkpoint && checkpoint->origin == log.key.name();
  });
}

std::vector<Cosigned> Policy::CosignedBy(std::string_view signed_checkpoint) const {
  std::vector<Cosigned> found;
  const auto parsed = note::ParseNote(signed_checkpoint);
  if (!parsed) return found;
  for (std::size_t i = 0; i < witnesses_.size(); ++i) {
    std::optional<std::uint64_t> latest;
    for (const note::SignatureLine& line : parsed->signatures) {
      const auto by = note::VerifyCosignature(parsed->text, line, witnesses_[i].key);
      if (by && (!latest || by->timestamp > *latest)) latest = by->timestamp;
    }
    if (latest) found.push_back({i, *latest});
  }
  return found;
}

bool Policy::IsQuorum(const std::vector<Cosigned>& by) const {
  if (!quorum_) return true;
  // Each member stands behind those it is made of.
  std::vector<bool> has(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (member.witness) {
      has[i] = std::any_of(by.begin(), by.end(),
                           [&](const Cosigned& c) { return c.witness == *member.witness; });
      continue;
    }
    const auto met = std::count_if(member.members.begin(), member.members.end(),
                                   [&](std::size_t inner) { return has[inner]; });
    has[i] = static_cast<std::size_t>(met) >= member.threshold;
  }
  return has[*quorum_];
}

std::optional<std::uint64_t> Policy::QuorumTime(std::vector<Cosigned> by) const {
  std::sort(by.begin(), by.end(),
            [](const Cosigned& a, const Cosigned& b) { return a.timestamp < b.timestamp; });
  for (std::size_t count = 1; count <= by.size(); ++count) {
    if (IsQuorum({by.begin(), by.begin() + static_cast<std::ptrdiff_t>(count)})) {
      return by[count - 1].timestamp;
    }
  }
  return std::nullopt;
}

}  // namespace unopened::audit::witness
