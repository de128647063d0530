#include "audit/note/checkpoint.h"

#include <algorithm>
#include <charconv>

#include "audit/note/base64.h"

namespace unopened::audit::note {
namespace {

// Takes a line off the front. False where it is empty or has no newline.
bool TakeLine(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

bool ParseSize(std::string_view text, std::uint64_t& size) {
  if (text.size() > 1 && text[0] == '0') return false;  // one spelling for a number
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string CheckpointText(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         EncodeBase64(checkpoint.root) + "\n";
}

std::optional<Checkpoint> ParseCheckpoint(std::string_view text) {
  Checkpoint checkpoint;
  std::string_view origin, size, root, extension;
  if (!TakeLine(text, origin) || !TakeLine(text, size) || !TakeLine(text, root) ||
      !ParseSize(size, checkpoint.size)) {
    return std::nullopt;
  }
  while (!text.empty()) {
    if (!TakeLine(text, extension)) return std::nullopt;
  }
  const auto bytes = DecodeBase64(root);
  if (!bytes || bytes->size() != checkpoint.root.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), checkpoint.root.begin());
  checkpoint.origin = origin;
  return checkpoint;
}

}  // namespace unopened::audit::note
