// Sandbox: what the process may still do once its interfaces are open: nothing that needs root, no
// new program.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace unopened::gateway {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};

// Whom root becomes: `wanted` if given, else the user "unopened" if there is one, else "nobody".
// kUsage: no such user.
base::Result<Identity> DropIdentity(const std::string& wanted);

// Makes `folder` writable for `identity`: creates it, or takes it over where it is empty. A folder
// with a log that is another user's is left alone and told.
base::Result<base::Done> HandOverFolder(const std::string& folder, const Identity& identity);

// Becomes `identity` for good: no groups, no capabilities, no way back (no_new_privs). Only root
// can; elsewhere it does nothing, since there is nothing to drop.
base::Result<base::Done> DropRoot(const Identity& identity);

// Refuses execve, ptrace, reading other processes, mounting and module loading for every thread
// from here on (seccomp), and writes no core file: what is in memory stays there.
base::Result<base::Done> LockDown();

}  // namespace unopened::gateway
