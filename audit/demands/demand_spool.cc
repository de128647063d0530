#include "audit/demands/demand_spool.h"

#include "audit/demands/demands_entry.h"
#include "audit/store/atomic_file.h"
#include "audit/store/tile_store.h"

namespace unopened::audit {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;

constexpr unsigned kFolderMode = 0700;
constexpr std::string_view kEnding = ".json";
constexpr std::size_t kMaxDemandBytes = 32'768;

}  // namespace

Result<Done> DemandSpool::Add(const Demand& demand) {
  if (auto made = file_system_->MakeDirectories(folder_, kFolderMode); !made) return made;
  return WriteDurably(*file_system_, folder_ + "/" + demand.id + std::string(kEnding),
                      DemandJson(demand).dump() + "\n", kClosedMode);
}

Result<std::vector<Demand>> DemandSpool::Pending() const {
  std::vector<Demand> pending;
  if (!file_system_->Exists(folder_)) return pending;
  const auto names = file_system_->List(folder_);
  if (!names) return Fail(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(kEnding)) continue;  // one that was being written
    const std::string path = folder_ + "/" + name;
    const auto bytes = file_system_->ReadAtMost(path, kMaxDemandBytes);
    if (!bytes) return Fail(bytes.error());
    auto demand = ReadDemand(Parse(*bytes));
    if (!demand || demand->id + std::string(kEnding) != name) {
      return Fail(Failure::kLog, "not a demand", path, "enter it again");
    }
    pending.push_back(std::move(*demand));
  }
  return pending;
}

Result<Done> DemandSpool::Forget(const std::vector<Demand>& demands) {
  for (const Demand& demand : demands) {
    const std::string path = folder_ + "/" + demand.id + std::string(kEnding);
    if (!file_system_->Exists(path)) continue;
    if (auto removed = file_system_->Remove(path); !removed) return removed;
  }
  return demands.empty() ? Result<Done>(Done{}) : file_system_->SyncDirectory(folder_);
}

}  // namespace unopened::audit
