#include "audit/note/utf8.h"

#include <cstddef>
#include <cstdint>

namespace unopened::audit::note {
namespace {

constexpr std::uint32_t kMalformed = 0xffffffff;

// Takes one character off the front of `text`, which is not empty.
std::uint32_t NextCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  // 0x80..0xc1 never lead a shortest form.
  if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() <= more) return kMalformed;
  std::uint32_t code = more == 0 ? lead : lead & (0x3fU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return kMalformed;
    code = code << 6 | (next & 0x3fU);
  }
  text.remove_prefix(1 + more);
  const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff ? kMalformed : code;
}

bool IsSpace(std::uint32_t code) {
  return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

}  // namespace

bool IsUtf8WithoutControls(std::string_view text) {
  while (!text.empty()) {
    const std::uint32_t code = NextCharacter(text);
    if (code == kMalformed || (code < 0x20 && code != '\n')) return false;
  }
  return true;
}

bool HasUnicodeSpace(std::string_view text) {
  while (!text.empty()) {
    const std::uint32_t code = NextCharacter(text);
    if (code == kMalformed || IsSpace(code)) return true;
  }
  return false;
}

}  // namespace unopened::audit::note
