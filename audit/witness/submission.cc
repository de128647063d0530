#include "audit/witness/submission.h"

#include "audit/note/cosignature.h"
#include "audit/note/proof_file.h"

namespace unopened::audit::witness {
namespace {

using base::Fail;
using base::Failure;
using base::Result;

// Of the answer's signature lines the one that is this witness's and verifies.
std::string OwnLine(const LogReader& log, const std::string& lines, const TrustedWitness& witness) {
  const std::string with_lines = log.signed_note() + lines;
  const auto parsed = note::ParseNote(with_lines);  // borrows it
  if (!parsed) return {};
  for (const note::SignatureLine& line : parsed->signatures) {
    if (note::VerifyCosignature(parsed->text, line, witness.key)) {
      return note::SignatureLineText(witness.key, line.signature);
    }
  }
  return {};
}

}  // namespace

Result<std::string> Submission::Ask(const LogReader& log, const Post& post) {
  const std::uint64_t size = log.checkpoint().size;
  for (int attempt = 0; attempt < 2; ++attempt) {
    merkle::Proof proof;
    if (cosigned_size_ != 0 && cosigned_size_ < size) {
      auto proved = log.ProveConsistency(cosigned_size_);
      if (!proved) return Fail(proved.error());
      proof = std::move(*proved);
    }
    const auto answer =
        post(witness_.url + "/add-checkpoint",
             note::EncodeConsistency({cosigned_size_, std::move(proof), log.signed_note()}));
    if (!answer) return Fail(answer.error());
    if (answer->status == 200) {
      std::string line = OwnLine(log, answer->body, witness_);
      if (line.empty()) {
        return Fail(Failure::kGeneral, "the witness answered with no cosignature of its key",
                    witness_.name);
      }
      cosigned_size_ = size;
      return line;
    }
    if (answer->status != 409) {
      const bool another = answer->status == 422;
      return Fail(another ? Failure::kLog : Failure::kGeneral,
                  another ? "the witness holds another history of this log"
                          : "the witness refused with status " + std::to_string(answer->status),
                  witness_.name);
    }
    std::string_view told = answer->body;
    if (!told.empty() && told.back() == '\n') told.remove_suffix(1);
    const auto theirs = note::ParseSize(told);
    if (!theirs) {
      return Fail(Failure::kGeneral, "the witness told no size of its own", witness_.name);
    }
    if (*theirs > size || (*theirs == cosigned_size_ && *theirs == size)) {
      return Fail(Failure::kLog, "the witness has cosigned a tree that this log does not have",
                  witness_.name, "was an older copy of the log put back?");
    }
    cosigned_size_ = *theirs;
  }
  return Fail(Failure::kGeneral, "the witness told two sizes in a row", witness_.name);
}

}  // namespace unopened::audit::witness
