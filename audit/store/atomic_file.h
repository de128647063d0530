// A file that is there whole or not at all: written beside its name, synced, renamed.
#pragma once

#include <string>
#include <string_view>

#include "audit/store/file_system.h"

namespace unopened::audit {

// A call that failed after a sync was tried, or whose effect on a name is unknown: nothing that
// followed may be trusted (a kernel drops the pages of a failed sync and reports them clean later).
// Never kNoSpace, so that nobody tries again.
base::Error Final(base::Error error);

// "a/b/c" -> "a/b"; "" for a name alone.
std::string ParentOf(const std::string& path);

// Writes `path`.tmp, syncs it and renames it over `path`. The rename is not durable until the
// directory is synced. kNoSpace: `path` is as it was.
base::Result<base::Done> WriteAside(FileSystem& file_system, const std::string& path,
                                    std::string_view bytes, unsigned mode);

// The same, and syncs the directory.
base::Result<base::Done> WriteDurably(FileSystem& file_system, const std::string& path,
                                      std::string_view bytes, unsigned mode);

}  // namespace unopened::audit
