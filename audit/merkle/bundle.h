// Entry bundles: the entries under one level 0 tile, each after its length in two big-endian bytes.
//
// Source: C2SP tlog-tiles, "Log entries". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unopened::audit::merkle {

inline constexpr std::size_t kMaxBundleEntry = 65'535;

// Adds `entry` to `bundle`. False, and nothing added, where it is longer than kMaxBundleEntry.
bool AppendToBundle(std::string_view entry, std::string& bundle);

// Walks a bundle that may be hostile; borrows its bytes.
class BundleReader {
 public:
  explicit BundleReader(std::string_view bundle) : bundle_(bundle) {}

  // The next entry. False at the end, and where what follows is cut short.
  bool Next(std::string_view& entry);
  bool at_end() const { return offset_ == bundle_.size(); }
  std::size_t offset() const { return offset_; }  // of the next entry's length

 private:
  std::string_view bundle_;
  std::size_t offset_ = 0;
};

}  // namespace unopened::audit::merkle
