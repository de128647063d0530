#include "gateway/editions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gateway/shape_counter.h"
#include "tests/support/temp_folder.h"

namespace unopened::gateway {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class EditionsTest : public testing::Test {
 protected:
  EditionsTest() {
    fs::copy(fs::path(UNOPENED_SOURCE_DIR) / "config", folder(), fs::copy_options::recursive);
    loaded_ = config::Load(folder());
    EXPECT_TRUE(loaded_.problems.empty()) << config::FormatProblems(loaded_.problems);
  }
  std::string folder() const { return temp_.path() + "/config"; }
  Editions Begin() const { return {folder(), loaded_.loaded.gateway, loaded_.loaded.catalogue, 5}; }
  std::string Text(const std::string& name) const {
    std::ifstream file(folder() + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Replace(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  void Append(const std::string& name, const std::string& text) const {
    std::ofstream(folder() + "/" + name, std::ios::app) << text;
  }
  void Remove(const std::string& name) const { fs::remove(folder() + "/" + name); }

  tests::TempFolder temp_;
  config::LoadOutcome loaded_;
};

TEST_F(EditionsTest, AReloadTakesTheCatalogueAndTheOperatorsDeclaration) {
  Editions editions = Begin();
  const std::string before = editions.health().digest;
  EXPECT_EQ(editions.health().last_reload_ns, 5);
  Append("gateway.toml", "\n# nothing that counts\n");
  auto edition = editions.Reload(7);
  ASSERT_TRUE(edition);
  EXPECT_EQ((*edition)->catalogue.digest, before);
  EXPECT_EQ((*edition)->configuration_digest, loaded_.loaded.gateway.digest);
  std::string text = Text("gateway.toml");
  Replace(text, "tls_inspection = \"undeclared\"",
          "tls_inspection = \"none\"\nas_of = \"2026-11-01\"");
  std::ofstream(folder() + "/gateway.toml") << text;
  edition = editions.Reload(9);
  ASSERT_TRUE(edition) << base::Describe(edition.error());
  EXPECT_TRUE((*edition)->catalogue.network_operator.tls_inspection_none);
  EXPECT_NE((*edition)->catalogue.digest, before);
  EXPECT_NE((*edition)->configuration_digest, loaded_.loaded.gateway.digest);
  EXPECT_EQ(editions.health().digest, (*edition)->catalogue.digest);
  EXPECT_EQ(editions.health().reloads_applied, 2U);
  EXPECT_EQ(editions.health().last_reload_ns, 9);
}

TEST_F(EditionsTest, AMistakeChangesNothingAndIsToldWithFileAndLine) {
  Editions editions = Begin();
  const Edition* before = &editions.latest();
  Append("services/signal.toml", "nonsense = 1\n");
  const auto refused = editions.Reload(9);
  ASSERT_FALSE(refused);
  EXPECT_THAT(
      base::Describe(refused.error()),
      AllOf(HasSubstr("the catalogue in force stays: " + folder() + "/services/signal.toml:"),
            HasSubstr("nonsense")));
  EXPECT_EQ(&editions.latest(), before);
  EXPECT_EQ(editions.health().reloads_refused, 1U);
  EXPECT_FALSE(editions.health().last_reload_successful);
  EXPECT_EQ(editions.health().last_reload_ns, 5);
}

TEST_F(EditionsTest, WhatNeedsARestartIsNamedAndLeftOutOfTheDigest) {
  Editions editions = Begin();
  std::string text = Text("gateway.toml");
  Replace(text, "workers = 1", "workers = 2");
  Replace(text, "snap_length = 65535", "snap_length = 1000");
  std::ofstream(folder() + "/gateway.toml") << text;
  testing::internal::CaptureStderr();
  const auto edition = editions.Reload(9);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("only a restart takes it up: snap_length, workers"));
  ASSERT_TRUE(edition);
  EXPECT_EQ((*edition)->configuration_digest, loaded_.loaded.gateway.digest);
}

TEST_F(EditionsTest, SessionsSettledBeforeGoOnUnderTheirEndpoint) {
  Editions editions = Begin();
  const audit::Catalogue& before = loaded_.loaded.catalogue;
  const auto place = [](const audit::Catalogue& catalogue, std::string_view id) {
    return static_cast<classify::EndpointId>(
        std::ranges::find(catalogue.endpoints, id, &audit::Endpoint::id) -
        catalogue.endpoints.begin());
  };
  const auto session = [&](std::string_view id) {
    classify::Session s;
    s.protocol = classify::Protocol::kTls;
    s.sides = classify::SidesSeen::kBoth;
    s.outcome = classify::Outcome::kIdentified;
    s.evidence = classify::Evidence::kStrong;
    s.endpoint = place(before, id);
    return s;
  };
  ShapeCounter counter;
  const classify::FlowTraffic traffic{2, 200, true};
  const auto settle = [&](const classify::Session& s) {
    const classify::TransientFacts transient{};
    return counter.OnSettled({s, traffic, transient, nullptr, {}, 0, 0, {}, {}});
  };
  const auto anydesk = settle(session("anydesk"));
  const auto whatsapp = settle(session("whatsapp"));
  audit::TallyDelta taken;
  counter.TakeInto(taken);

  // Everything behind the first service moves up by its endpoints.
  Remove("services/anydesk.toml");
  const auto edition = editions.Reload(9);
  ASSERT_TRUE(edition) << base::Describe(edition.error());
  const audit::Catalogue& after = (*edition)->catalogue;
  ASSERT_NE(place(before, "whatsapp"), place(after, "whatsapp"));
  counter.Remap((*edition)->from_previous);
  counter.OnTraffic(whatsapp, 1, 60, false);
  counter.OnTraffic(anydesk, 3, 180, false);
  audit::TallyDelta delta;
  counter.TakeInto(delta);
  std::map<std::string, std::uint64_t> packets;
  for (const auto& [shape, counts] : delta.shapes) {
    packets[after.endpoint(shape.facts.endpoint).id] += counts.packets;
  }
  EXPECT_EQ(packets, (std::map<std::string, std::uint64_t>{{"whatsapp", 1}, {"none", 3}}));
}

TEST_F(EditionsTest, AnEditionIsFreedOnceALaterOneIsRecordedWith) {
  Editions editions = Begin();
  const audit::Catalogue* first = &editions.latest().catalogue;
  editions.Retire(nullptr);
  EXPECT_EQ(&editions.latest().catalogue, first);
  ASSERT_TRUE(editions.Reload(9));
  const audit::Catalogue* second = &editions.latest().catalogue;
  editions.Retire(first);
  EXPECT_EQ(&editions.latest().catalogue, second);
  editions.Retire(second);
  EXPECT_EQ(&editions.latest().catalogue, second);
}

}  // namespace
}  // namespace unopened::gateway
