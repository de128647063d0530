#include "audit/store/atomic_file.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Error;
using base::Fail;
using base::Failure;
using base::Result;

}  // namespace

Error Final(Error error) {
  if (error.failure == Failure::kNoSpace) {
    error.failure = Failure::kGeneral;
    error.todo = "free some space and start again: nothing acknowledged is lost";
  }
  return error;
}

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<Done> WriteAside(FileSystem& file_system, const std::string& path, std::string_view bytes,
                        unsigned mode) {
  const std::string aside = path + ".tmp";
  auto file = file_system.Create(aside, mode);
  if (!file) return Fail(file.error());
  if (const auto written = (*file)->Append(bytes); !written) {
    // What was written takes the room that is missing. Whether it goes is no matter here: the next
    // write truncates it.
    file->reset();
    (void)file_system.Remove(aside);
    return Fail(written.error());
  }
  if (const auto synced = (*file)->Sync(); !synced) return Fail(Final(synced.error()));
  if (const auto closed = (*file)->Close(); !closed) return Fail(Final(closed.error()));
  if (const auto renamed = file_system.Rename(aside, path); !renamed) {
    return Fail(Final(renamed.error()));
  }
  return Done{};
}

Result<Done> WriteDurably(FileSystem& file_system, const std::string& path, std::string_view bytes,
                          unsigned mode) {
  if (auto written = WriteAside(file_system, path, bytes, mode); !written) return written;
  if (const auto synced = file_system.SyncDirectory(ParentOf(path)); !synced) {
    return Fail(Final(synced.error()));
  }
  return Done{};
}

}  // namespace unopened::audit
