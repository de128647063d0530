// Signed notes and checkpoints of strangers: no crash, every view inside the input, and what was
// not signed never opens.
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/note/checkpoint.h"
#include "audit/note/key.h"
#include "audit/note/note.h"

namespace {

using namespace unopened::audit;

bool Inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const auto key = note::VerifierKey::Parse(
      "example.org/log+1c66b9ea+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
  if (!key) __builtin_trap();

  if (const auto parsed = note::ParseNote(bytes)) {
    if (!Inside(parsed->text, bytes) || parsed->signatures.empty()) __builtin_trap();
    for (const auto& line : parsed->signatures) {
      if (!Inside(line.name, bytes) || !note::IsKeyName(line.name)) __builtin_trap();
    }
  }
  if (const auto opened = note::OpenNote(bytes, *key)) {
    if (!Inside(*opened, bytes)) __builtin_trap();
  }
  if (const auto checkpoint = note::ParseCheckpoint(bytes)) {
    // What it understood it writes the same way, extension lines aside.
    if (!bytes.starts_with(note::CheckpointText(*checkpoint))) __builtin_trap();
  }
  if (const auto verifier = note::VerifierKey::Parse(bytes)) {
    if (!bytes.starts_with(verifier->Text())) __builtin_trap();
  }
  return 0;
}
