// Policy: which logs and witnesses are trusted, and how many cosignatures make a checkpoint valid.
//
// Source: C2SP tlog-policy (https://c2sp.org/tlog-policy). Immutable once parsed; threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note/cosignature.h"
#include "audit/note/key.h"
#include "base/result.h"

namespace unopened::audit::witness {

inline constexpr std::size_t kMaxPolicyBytes = 1 << 16;
inline constexpr std::size_t kMaxPolicyNames = 256;  // logs, witnesses and groups, each

struct TrustedLog {
  note::VerifierKey key;
  std::string url;  // may be empty
};
struct TrustedWitness {
  std::string name;  // within the policy only
  note::VerifierKey key;
  std::string url;  // submission prefix; may be empty
};

// That the witness at this place of Policy::witnesses() has cosigned, at this POSIX second.
struct Cosigned {
  std::size_t witness = 0;
  std::uint64_t timestamp = 0;
};

class Policy {
 public:
  // kUsage with the line that is wrong. `where` names the file in the message.
  static base::Result<Policy> Parse(std::string_view text, const std::string& where);

  const std::vector<TrustedLog>& logs() const { return logs_; }
  const std::vector<TrustedWitness>& witnesses() const { return witnesses_; }

  // Whether a signed checkpoint is signed by a listed log whose origin it names. True for any where
  // no log is listed: then its key is known from elsewhere.
  bool IsOfKnownLog(std::string_view signed_checkpoint) const;
  // The cosignatures of trusted witnesses that verify, one a witness (its latest).
  std::vector<Cosigned> CosignedBy(std::string_view signed_checkpoint) const;
  // Whether these witnesses make the quorum.
  bool IsQuorum(const std::vector<Cosigned>& by) const;
  // The time by which the quorum had cosigned. Nothing where it has not, or none is required and
  // nobody did.
  std::optional<std::uint64_t> QuorumTime(std::vector<Cosigned> by) const;

 private:
  // A witness or a group, by its place in `members_`: at least `threshold` of its members.
  struct Member {
    std::string name;
    std::optional<std::size_t> witness;  // index into witnesses_
    std::size_t threshold = 0;
    std::vector<std::size_t> members;  // each stands before this one
  };

  std::vector<TrustedLog> logs_;
  std::vector<TrustedWitness> witnesses_;
  std::vector<Member> members_;
  std::optional<std::size_t> quorum_;  // nothing: none is required
};

}  // namespace unopened::audit::witness
