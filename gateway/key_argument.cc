#include "gateway/key_argument.h"

namespace unopened::gateway {

base::Result<std::string> TextOrFile(const std::string& value, audit::FileSystem& file_system) {
  constexpr std::size_t kMaxKeyFile = 65536;
  if (value.find('+') != std::string::npos && !file_system.Exists(value)) return value;
  auto content = file_system.ReadAtMost(value, kMaxKeyFile);
  if (!content) {
    return base::Fail(base::Failure::kInput, "there is no verifier key", value,
                      "--key takes a key's text or a file");
  }
  return content;
}

}  // namespace unopened::gateway
