// The text of a window entry, read without a JSON document in between. Nearly all of a long log is
// windows, and taking each apart twice is what verifying would cost most. Pure.
#pragma once

#include <string_view>

#include "audit/entry.h"

namespace unopened::audit {

// True, and the window in `window`, for exactly the bytes that Write and a blind make of it, as far
// as its texts are printable ASCII that JSON does not escape; whatever else is for Parse and
// ReadWindow, which accept more and say what is wrong. `window` is overwritten either way; its
// memory is used again.
bool ReadCanonicalWindow(std::string_view entry, WindowEntry& window);

}  // namespace unopened::audit
