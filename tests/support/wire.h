// Wire: builds bytes the way a specification writes them. For tests and for the builders of
// tests/captures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace unopened::tests {

class Wire {
 public:
  Wire& U8(std::uint64_t v) { return Uint(v, 1); }
  Wire& U16(std::uint64_t v) { return Uint(v, 2); }
  Wire& U24(std::uint64_t v) { return Uint(v, 3); }
  Wire& U32(std::uint64_t v) { return Uint(v, 4); }
  Wire& U64(std::uint64_t v) { return Uint(v, 8); }
  Wire& U16LE(std::uint64_t v) { return UintLE(v, 2); }
  Wire& U32LE(std::uint64_t v) { return UintLE(v, 4); }
  Wire& Fill(std::size_t count, std::uint8_t byte) {
    bytes_.insert(bytes_.end(), count, byte);
    return *this;
  }
  Wire& Text(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  Wire& Append(const std::vector<std::uint8_t>& more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }
  // A field after its length: whatever `inside` writes.
  Wire& Prefixed8(const std::function<void(Wire&)>& inside) { return Prefixed(1, inside); }
  Wire& Prefixed16(const std::function<void(Wire&)>& inside) { return Prefixed(2, inside); }
  Wire& Prefixed24(const std::function<void(Wire&)>& inside) { return Prefixed(3, inside); }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  Wire& Uint(std::uint64_t v, int size) {
    for (int i = size - 1; i >= 0; --i) bytes_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    return *this;
  }
  Wire& UintLE(std::uint64_t v, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    return *this;
  }
  Wire& Prefixed(int size, const std::function<void(Wire&)>& inside) {
    Wire field;
    inside(field);
    Uint(field.size(), size);
    return Append(field.bytes());
  }

  std::vector<std::uint8_t> bytes_;
};

// "16 03 01 02" -> bytes; spaces and new lines are free. Aborts on anything else: it is our own
// text.
std::vector<std::uint8_t> FromHex(std::string_view hex);

}  // namespace unopened::tests
