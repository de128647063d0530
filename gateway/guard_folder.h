// Where this machine keeps the guards of its logs (audit/origin_guard.h).
#pragma once

#include <string>

namespace unopened::gateway {

// $UNOPENED_GUARD where it is set (empty: none), else /run/lock where this user may write there,
// else "". Asked once root is dropped.
std::string GuardFolder();

// One line on stderr where a guard was to be kept and is not; none where `why` is empty.
void TellUnguarded(const std::string& why);

}  // namespace unopened::gateway
