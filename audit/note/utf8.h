// What signed notes ask of text: UTF-8, no control characters, names without spaces of any script.
// Sources: C2SP signed-note "Format"; RFC 3629; Unicode's White_Space property. Pure.
#pragma once

#include <string_view>

namespace unopened::audit::note {

// Well-formed UTF-8 (no overlong form, no surrogate, nothing above U+10FFFF) without characters
// below U+0020 other than newline.
bool IsUtf8WithoutControls(std::string_view text);

// `text` must be well-formed.
bool HasUnicodeSpace(std::string_view text);

}  // namespace unopened::audit::note
