// Entry: a line of the log as canonical JSON (docs/log_format.md "Entries", docs/schema/): a fixed
// order of members, integers and strings only, no whitespace, every member always present.
//
// Each Write… returns a body without its `blind`, which the recorder splices in as the last member;
// each Read… takes the parsed body and names the member that is wrong. Write(Read(x)) is x, or x is
// not canonical. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "audit/assessment.h"
#include "audit/catalogue.h"
#include "audit/shape.h"
#include "audit/tally.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::audit {

using Json = nlohmann::ordered_json;

// A text of the catalogue is cut here, at a character's boundary: no answer depends on its end.
inline constexpr std::size_t kMaxTextBytes = 8'192;
// The number of the shape under which a window counts what its bound kept from a number of its own.
// It has no shape entry, names no endpoint, and every answer about it is unknown.
inline constexpr std::uint32_t kOtherShape = 0;

// What a run states of itself. Open in the log, so nothing here may name a person.
struct RunStatement {
  std::string version;           // of the program
  std::string source_kind;       // "live" or "file"
  std::string tap;               // the operator's name for the tap
  std::string legal_basis;       // live: required
  std::string filter;            // BPF text, "" for none
  std::string file_name_digest;  // file: SHA-256 of the file's content, "" live
  std::string configuration_digest;
  std::uint32_t window_seconds = 60;
};

struct RunEntry {
  base::TimeNs started = 0;
  RunStatement statement;
  std::string catalogue;  // digest
  OperatorDeclaration network_operator;
};

// Another catalogue, or another declaration of the operator's, within a run: what follows is
// assessed with it. Stands between two windows, so that none mixes two catalogues.
struct ReloadEntry {
  base::TimeNs at = 0;  // the end of the window before
  std::string configuration;
  std::string catalogue;  // digest
  std::string replaced_configuration;
  std::string replaced_catalogue;
  OperatorDeclaration network_operator;
};

// A service's facts, in as many parts as keep each below the limit; scopes and capabilities of the
// parts add up in order.
struct ServiceEntry {
  std::string catalogue;
  std::uint32_t part = 1;
  std::uint32_t parts = 1;
  Service service;
};

struct EndpointEntry {
  std::string catalogue;
  std::string id;
  std::string title;
  bool group = false;
  std::vector<std::string> services;
  std::vector<std::pair<std::string, std::string>> scopes;  // service, scope
};

struct InstrumentEntry {
  std::string catalogue;
  Instrument instrument;
};

struct ShapeEntry {
  std::uint32_t number = 0;
  Shape shape;           // its endpoint index means nothing here
  std::string endpoint;  // id; "none"
  base::Day assessed_on = 0;
  std::string assessment;  // AssessmentText
};

struct CountRow {
  std::uint32_t shape = 0;
  Counts counts;
  friend bool operator==(const CountRow&, const CountRow&) = default;
};

// One window, or one part of it. What is counted once (seen, carried, pending, losses) stands in
// part 1 and is zero in the others. Conservation: carried + seen = counts of all parts + pending +
// losses.
struct WindowEntry {
  base::TimeNs start = 0;
  std::uint32_t seconds = 0;
  std::string tap;
  std::uint32_t part = 1;
  std::uint32_t parts = 1;
  bool partial = false;  // a crash cut it
  Loss seen;
  std::uint64_t dropped = 0;  // packets of `seen` that no worker saw
  Loss carried;               // pending at the end of the run's window before
  Loss pending;
  std::map<std::string, Loss> losses;
  std::vector<CountRow> counts;  // by number
};

struct GapEntry {
  base::TimeNs from = 0;
  base::TimeNs until = 0;
  std::string cause;
  std::map<std::string, Loss> losses;
};

struct BoundEntry {
  base::TimeNs window = 0;  // its start
  std::string bound;
  std::uint64_t met = 0;
};

struct StopEntry {
  base::TimeNs at = 0;
  std::string reason;
};

// Parses an entry. Discarded (is_discarded()) where it is no JSON, longer than an entry may be, or
// nested deeper than any is: what reads JSON must not run out of stack over a stranger's log.
Json Parse(std::string_view entry);

std::string Write(const RunEntry& entry);
std::string Write(const ReloadEntry& entry);
std::string Write(const ServiceEntry& entry);
std::string Write(const EndpointEntry& entry);
std::string Write(const InstrumentEntry& entry);
std::string Write(const ShapeEntry& entry);
std::string Write(const WindowEntry& entry);
std::string Write(const GapEntry& entry);
std::string Write(const BoundEntry& entry);
std::string Write(const StopEntry& entry);

// The members of a shape entry that follow from the facts (wire, policy, answers and why), without
// the braces. Two shapes are assessed alike where the texts are equal.
std::string AssessmentText(const Assessment& assessment, const Endpoint& endpoint);

// The facts of a catalogue as bodies: services (split), endpoints but "none", instruments.
std::vector<std::string> WriteFacts(const Catalogue& catalogue);

// `what` is what is wrong, `where` the member ("counts[3]").
base::Result<RunEntry> ReadRun(const Json& body);
base::Result<ReloadEntry> ReadReload(const Json& body);
base::Result<ServiceEntry> ReadService(const Json& body);
base::Result<EndpointEntry> ReadEndpoint(const Json& body);
base::Result<InstrumentEntry> ReadInstrument(const Json& body);
base::Result<ShapeEntry> ReadShape(const Json& body);
base::Result<WindowEntry> ReadWindow(const Json& body);
base::Result<GapEntry> ReadGap(const Json& body);
base::Result<BoundEntry> ReadBound(const Json& body);
base::Result<StopEntry> ReadStop(const Json& body);

// Reads "2026-11-23T02:00:00Z", as FormatTime writes it. False, and `time` untouched, for anything
// else.
bool ParseTime(std::string_view text, base::TimeNs& time);

}  // namespace unopened::audit
