#include "gateway/sandbox.h"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace unopened::gateway {
namespace {

using base::Failure;

tl::unexpected<base::Error> Refused(const char* what) {
  return base::Fail(Failure::kPermission, what, std::strerror(errno));
}

}  // namespace

base::Result<Identity> DropIdentity(const std::string& wanted) {
  const auto named = [](const char* name) -> base::Result<Identity> {
    const passwd* entry = getpwnam(name);
    if (entry == nullptr) {
      return base::Fail(Failure::kUsage, "there is no such user", name,
                        "--user NAME names an existing one");
    }
    return Identity{entry->pw_uid, entry->pw_gid, name};
  };
  if (!wanted.empty()) return named(wanted.c_str());
  if (auto own = named("unopened")) return own;
  return named("nobody");
}

base::Result<base::Done> HandOverFolder(const std::string& folder, const Identity& identity) {
  if (geteuid() != 0 || identity.uid == 0) return base::Done{};
  std::error_code error;
  const bool existed = std::filesystem::exists(folder, error);
  if (!existed) std::filesystem::create_directories(folder, error);
  if (error)
    return base::Fail(Failure::kPermission, "the log folder cannot be made", folder,
                      error.message());
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return Refused("the log folder cannot be read");
  if (status.st_uid == identity.uid) return base::Done{};
  if (existed && !std::filesystem::is_empty(folder, error)) {
    return base::Fail(Failure::kPermission, "the log belongs to another user", folder,
                      "chown -R " + identity.name + " " + folder + ", or --user with its owner");
  }
  if (chown(folder.c_str(), identity.uid, identity.gid) != 0 || chmod(folder.c_str(), 0700) != 0) {
    return Refused("the log folder cannot be handed over");
  }
  return base::Done{};
}

base::Result<base::Done> DropRoot(const Identity& identity) {
  if (geteuid() != 0) return base::Done{};
  if (identity.uid != 0) {
    if (setgroups(0, nullptr) != 0 || setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
        setresuid(identity.uid, identity.uid, identity.uid) != 0) {
      return Refused("root could not be dropped");
    }
  }
  capng_clear(CAPNG_SELECT_BOTH);
  if (capng_apply(identity.uid == 0 ? CAPNG_SELECT_CAPS : CAPNG_SELECT_BOTH) != 0 &&
      identity.uid == 0) {
    return Refused("the capabilities could not be dropped");
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("no_new_privs was refused");
  return base::Done{};
}

base::Result<base::Done> LockDown() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return Refused("core files could not be switched off");
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  if (context == nullptr) return base::Fail(Failure::kGeneral, "seccomp is not available");
  bool ok = seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
  for (const char* name :
       {"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "mount", "umount2",
        "pivot_root", "init_module", "finit_module", "delete_module", "kexec_load", "bpf",
        "perf_event_open", "add_key", "keyctl", "userfaultfd"}) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) continue;
    ok = ok && seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
  }
  ok = ok && seccomp_load(context) == 0;
  seccomp_release(context);
  if (!ok) return base::Fail(Failure::kGeneral, "the seccomp filter was refused by the kernel");
  return base::Done{};
}

}  // namespace unopened::gateway
