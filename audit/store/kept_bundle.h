// What is kept of a bundle whose bodies were removed (audit/prune.h): the entries that later ones
// rest on, each with its place in the bundle.
//
// Bytes of pruned/<bundle path>: each kept entry after its place (1 byte: index % 256) and its
// length (2 bytes, big endian), places rising. An empty file: nothing of the bundle is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/store/file_system.h"
#include "base/result.h"

namespace unopened::audit {

// "pruned/tile/entries/x001/067", relative to the log's folder.
std::string KeptPath(std::uint64_t bundle);

// Adds `entry`, at most merkle::kMaxBundleEntry long, at a place above those before it.
void AppendKept(std::uint8_t place, std::string_view entry, std::string& kept);

// Walks a file that may be hostile; borrows its bytes.
class KeptReader {
 public:
  explicit KeptReader(std::string_view kept) : kept_(kept) {}

  // The next entry. False at the end, and where what follows is cut short or does not rise.
  bool Next(std::uint8_t& place, std::string_view& entry);
  bool at_end() const { return offset_ == kept_.size(); }
  std::size_t offset() const { return offset_; }  // of the next entry's place

 private:
  std::string_view kept_;
  std::size_t offset_ = 0;
  int last_place_ = -1;
};

// kInput where there is none: the bundle was not pruned.
base::Result<std::string> ReadKept(FileSystem& file_system, const std::string& folder,
                                   std::uint64_t bundle);

// Removes every file of one bundle: the full one last, so that what was cut short shows by it.
// Durable once its folder is synced (SyncBundleFolder).
base::Result<base::Done> RemoveBundle(FileSystem& file_system, const std::string& folder,
                                      std::uint64_t bundle);
base::Result<base::Done> SyncBundleFolder(FileSystem& file_system, const std::string& folder,
                                          std::uint64_t bundle);

}  // namespace unopened::audit
