// Policies of whoever verifies: no crash, and a quorum is never made by nobody where one is asked
// for.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "audit/witness/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unopened::audit::witness;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto policy = Policy::Parse(bytes, "fuzz");
  if (!policy) return 0;
  std::vector<Cosigned> by;
  const bool without_any = policy->IsQuorum(by);
  for (std::size_t i = 0; i < policy->witnesses().size(); ++i) by.push_back({i, 100 + i});
  // More cosignatures never undo a quorum.
  if (without_any && !policy->IsQuorum(by)) std::abort();
  if (const auto time = policy->QuorumTime(by)) {
    if (!policy->IsQuorum(by) || *time < 100 || *time >= 100 + by.size()) std::abort();
  }
  (void)policy->IsOfKnownLog(bytes);
  if (!policy->CosignedBy(bytes).empty()) std::abort();
  return 0;
}
