// Base 64 with padding, standard alphabet (RFC 4648 §4). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace unopened::audit::note {

std::string EncodeBase64(std::span<const std::uint8_t> bytes);

// Strict: no white space, padding present, unused bits zero; so each value has one spelling.
std::optional<std::vector<std::uint8_t>> DecodeBase64(std::string_view text);

}  // namespace unopened::audit::note
