// The subcommands, and how they speak: one clear line on stderr, documented exit statuses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unopened::gateway {

using Arguments = std::vector<std::string>;

// Each takes what stands after its own name and returns the process's exit status.
int Watch(const Arguments& arguments);
int Inspect(const Arguments& arguments);
int ExplainCommand(const Arguments& arguments);
int ReportCommand(const Arguments& arguments);
int AuditVerify(const Arguments& arguments);
int AuditShow(const Arguments& arguments);
int AuditProve(const Arguments& arguments);
int AuditCheckProof(const Arguments& arguments);
int AuditDisclose(const Arguments& arguments);
int AuditWitness(const Arguments& arguments);
int AuditRotateKey(const Arguments& arguments);
int AuditSelf(const Arguments& arguments);
int AuditAdmit(const Arguments& arguments);
int AuditPrune(const Arguments& arguments);
int DemandAdd(const Arguments& arguments);
int DemandImport(const Arguments& arguments);
int DemandList(const Arguments& arguments);
int DemandCommit(const Arguments& arguments);
int ConfigCheck(const Arguments& arguments);
int ConfigDump(const Arguments& arguments);
int Interfaces(const Arguments& arguments);

// Finds the subcommand and runs it. `arguments` without the program's name.
int Main(const Arguments& arguments);

// Prints "unopened: what: where (todo)" on stderr and returns the exit status.
int Report(const base::Error& error);

// The version compiled in, "0.1.0".
std::string_view Version();

}  // namespace unopened::gateway
