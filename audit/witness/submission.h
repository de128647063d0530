// Submission: asks one witness for its cosignature of a log's checkpoint.
//
// Source: C2SP tlog-witness, "add-checkpoint". Knows no HTTP: how to post is passed in. Thread: its
// owner's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "audit/reader.h"
#include "audit/witness/policy.h"
#include "audit/witness/witness.h"
#include "base/result.h"

namespace unopened::audit::witness {

// Posts `body` to `url` and returns what came back; kGeneral where nothing did.
using Post = std::function<base::Result<Answer>(const std::string& url, const std::string& body)>;

class Submission {
 public:
  // `witness` outlives it.
  explicit Submission(const TrustedWitness& witness) : witness_(witness) {}

  // The witness's signature line (with its newline) under the reader's checkpoint, verified; at
  // most two posts: a witness that remembers another size says which. kLog where it has cosigned
  // another history of this log: that is an alarm, and no time-out.
  base::Result<std::string> Ask(const LogReader& log, const Post& post);

  const TrustedWitness& witness() const { return witness_; }

 private:
  const TrustedWitness& witness_;
  std::uint64_t cosigned_size_ = 0;  // as far as we know
};

}  // namespace unopened::audit::witness
