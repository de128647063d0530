#include "audit/entry.h"

#include <gtest/gtest.h>

#include <fstream>

#include "audit/blind.h"
#include "audit/recorder.h"
#include "tests/audit/sample_log.h"
#include "tests/support/golden.h"

namespace unopened::audit::tests {
namespace {

TEST(EntryTest, TheBytesOfEveryTypeAreTheGoldenOnes) {
  std::string all;
  const std::vector<std::string> log = SampleLog();
  for (std::size_t i = 0; i < log.size(); ++i) all += Blinded(log[i], i) + "\n";
  unopened::tests::ExpectGolden("entries.jsonl", all);
}

void ExpectIntegersAndStrings(const Json& value, const std::string& body) {
  if (value.is_structured()) {
    for (const Json& inner : value) ExpectIntegersAndStrings(inner, body);
    return;
  }
  EXPECT_TRUE(value.is_string() || value.is_number_unsigned()) << value << " in " << body;
}

TEST(EntryTest, BodiesAreOneLineOfIntegersAndStrings) {
  for (const std::string& body : SampleLog()) {
    EXPECT_TRUE(IsBody(body)) << body;
    EXPECT_EQ(Json::parse(body).dump(), body);
    ExpectIntegersAndStrings(Json::parse(body), body);
  }
}

template <class Entry>
void ExpectRoundTrip(const base::Result<Entry>& read, const std::string& body) {
  ASSERT_TRUE(read) << base::Describe(read.error()) << " in " << body;
  EXPECT_EQ(Write(*read), body);
}

TEST(EntryTest, WhatIsReadIsWrittenAgainAsItWas) {
  for (const std::string& body : SampleLog()) {
    const Json json = Json::parse(body);
    const std::string type = json["type"];
    if (type == "run") ExpectRoundTrip(ReadRun(json), body);
    if (type == "reload") ExpectRoundTrip(ReadReload(json), body);
    if (type == "service") ExpectRoundTrip(ReadService(json), body);
    if (type == "endpoint") ExpectRoundTrip(ReadEndpoint(json), body);
    if (type == "instrument") ExpectRoundTrip(ReadInstrument(json), body);
    if (type == "shape") ExpectRoundTrip(ReadShape(json), body);
    if (type == "window") ExpectRoundTrip(ReadWindow(json), body);
    if (type == "gap") ExpectRoundTrip(ReadGap(json), body);
    if (type == "bound") ExpectRoundTrip(ReadBound(json), body);
    if (type == "stop") ExpectRoundTrip(ReadStop(json), body);
    if (type == "witnessed") ExpectRoundTrip(ReadWitnessed(json), body);
    if (type == "demands") ExpectRoundTrip(ReadDemands(json), body);
    if (type == "key") ExpectRoundTrip(ReadKey(json), body);
    if (type == "pruned") ExpectRoundTrip(ReadPruned(json), body);
  }
}

template <std::size_t kCount>
void ExpectEnum(const Json& schema, const std::array<std::string_view, kCount>& names) {
  EXPECT_EQ(schema["enum"], Json(std::vector<std::string_view>(names.begin(), names.end())));
}

TEST(EntryTest, TheSchemasWordsAreTheEnumsWords) {
  const auto schema = [](const std::string& type) {
    std::ifstream file(std::string(UNOPENED_SOURCE_DIR) + "/docs/schema/" + type + ".json");
    return Json::parse(file);
  };
  const Json all = schema("shape");
  const Json& shape = all["properties"];
  ExpectEnum(shape["transport"], kTransportNames);
  ExpectEnum(shape["ip"], kIpVersionNames);
  ExpectEnum(shape["tunnel"], kTunnelKindNames);
  ExpectEnum(shape["protocol"], classify::kProtocolNames);
  ExpectEnum(shape["variant"], classify::kVariantNames);
  ExpectEnum(shape["version"], classify::kVersionNames);
  ExpectEnum(shape["key_exchange"], classify::kKeyExchangeNames);
  ExpectEnum(shape["resumption"], classify::kResumptionNames);
  ExpectEnum(shape["early_data"], classify::kEarlyDataNames);
  ExpectEnum(shape["name_visibility"], classify::kNameVisibilityNames);
  ExpectEnum(shape["sides"], classify::kSidesSeenNames);
  ExpectEnum(shape["outcome"], classify::kOutcomeNames);
  ExpectEnum(shape["evidence"], classify::kEvidenceNames);
  ExpectEnum(shape["wire"], kWireStateNames);
  ExpectEnum(shape["verdict"], kVerdictNames);
  ExpectEnum(shape["policy"]["additionalProperties"], kPolicyNames);
  ExpectEnum(all["$defs"]["answer"], kAnswerNames);
  ExpectEnum(all["$defs"]["reason"], kReasonNames);
  EXPECT_EQ(all["$defs"]["answers"]["required"],
            Json(std::vector<std::string_view>(kCategoryNames.begin(), kCategoryNames.end())));
  ExpectEnum(schema("run")["$defs"]["answer"], kAnswerNames);
  ExpectEnum(schema("reload")["$defs"]["answer"], kAnswerNames);
  ExpectEnum(schema("instrument")["$defs"]["reach"]["properties"]["reach"], kReachNames);
  const Json service = schema("service");
  ExpectEnum(service["$defs"]["provenance"]["properties"]["verified"], kVerifiedNames);
}

TEST(EntryTest, ALargeServiceIsSplitAndLosesNoFact) {
  Catalogue c;
  c.endpoints.push_back({"none", "", false, {}, {}});
  Service service;
  service.id = "large";
  for (int i = 0; i < 3; ++i) {
    Scope scope{"scope" + std::to_string(i), "a scope", {}};
    for (int j = 0; j < 30; ++j) {
      scope.intervals.push_back({Policy::kE2eeOptional, std::string(1'000, 'e'),
                                 Cited(std::string(1'000, 's'), {"2020-01-01", "", ""})});
    }
    service.scopes.push_back(scope);
  }
  for (std::size_t i = 0; i < 100; ++i) {
    service.capabilities.push_back({static_cast<Category>(i % kCategoryCount), Answer::kCould,
                                    std::string(900, 'c'), "", Cited("s", {})});
  }
  c.services.push_back(service);
  const auto bodies = WriteFacts(c);
  EXPECT_GT(bodies.size(), 3U);
  std::size_t intervals = 0;
  std::size_t capabilities = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    EXPECT_LE(bodies[i].size() + kBlindBytes, kMaxEntryBytes);
    const auto read = ReadService(Json::parse(bodies[i]));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->part, i + 1);
    EXPECT_EQ(read->parts, bodies.size());
    for (const Scope& scope : read->service.scopes) intervals += scope.intervals.size();
    capabilities += read->service.capabilities.size();
  }
  EXPECT_EQ(intervals, 90U);
  EXPECT_EQ(capabilities, 100U);
}

TEST(EntryTest, AnOverlongTextIsCutAtACharactersBoundary) {
  InstrumentEntry entry;
  entry.instrument.title = std::string(kMaxTextBytes - 1, 'a') + "\xc3\xa9 and more";
  const std::string title = Json::parse(Write(entry))["title"];
  EXPECT_EQ(title, std::string(kMaxTextBytes - 1, 'a'));
}

TEST(EntryTest, AnInstrumentsEndStandsOnlyWhereThereIsOne) {
  InstrumentEntry entry;
  entry.catalogue = std::string(64, 'a');
  entry.instrument.in_force_from = DayAt("2001-10-26");
  EXPECT_EQ(Write(entry).find("in_force_until"), std::string::npos);
  ExpectRoundTrip(ReadInstrument(Json::parse(Write(entry))), Write(entry));
  entry.instrument.in_force_until = DayAt("2020-03-15");
  const std::string body = Write(entry);
  EXPECT_NE(body.find(R"("in_force_from":"2001-10-26","in_force_until":"2020-03-15","reach")"),
            std::string::npos);
  ExpectRoundTrip(ReadInstrument(Json::parse(body)), body);
  std::string empty = body;
  empty.replace(empty.find("2020-03-15"), 10, "");
  EXPECT_FALSE(ReadInstrument(Json::parse(empty)));
}

TEST(EntryTest, WhatIsNoUtf8IsWrittenAsTheReplacementCharacter) {
  RunEntry run;
  run.statement.filter = "tcp \xff";
  EXPECT_EQ(Json::parse(Write(run))["filter"], "tcp \xef\xbf\xbd");
}

TEST(EntryTest, ReadsATimeOnlyAsItWouldWriteIt) {
  base::TimeNs time = -1;
  EXPECT_TRUE(ParseTime("2026-11-23T02:03:04Z", time));
  EXPECT_EQ(time, TimeAt("2026-11-23", 2 * 3600 + 3 * 60 + 4));
  for (const char* wrong : {"2026-11-23T02:03:04", "2026-11-23 02:03:04Z", "2026-11-23T24:00:00Z",
                            "2026-11-23T23:59:60Z", "2026-11-31T00:00:00Z", "2026-11-23T0x:00:00Z",
                            "2026-11-23T02:03:04z", "9999-12-31T00:00:00Z", ""}) {
    time = -1;
    EXPECT_FALSE(ParseTime(wrong, time)) << wrong;
    EXPECT_EQ(time, -1);
  }
}

}  // namespace
}  // namespace unopened::audit::tests
