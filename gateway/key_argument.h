// Keys on the command line: as text, or in a file.
#pragma once

#include <string>

#include "audit/store/file_system.h"
#include "base/result.h"

namespace unopened::gateway {

// `value` itself where it has the form of a key and is no file; else the file's content. kInput
// where there is no such file.
base::Result<std::string> TextOrFile(const std::string& value, audit::FileSystem& file_system);

}  // namespace unopened::gateway
