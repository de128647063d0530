#include "config/canonical.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/config/config_folder.h"

namespace unopened::config {
namespace {

std::string CatalogueDigest(const ConfigFolder& folder) {
  const auto outcome = Load(folder.path());
  EXPECT_EQ("", FormatProblems(outcome.problems));
  return outcome.loaded.catalogue.digest;
}

TEST(Canonical, IsTheFactsInAFixedOrder) {
  ConfigFolder folder;
  const std::string form = CanonicalForm(Load(folder.path()).loaded.catalogue);
  const std::string source = "source A page (2016-04) <https://example.org/>\n";
  const std::string service =
      "title Title\nprovider Provider\njurisdiction US\nas_of 2026-11-23\n"
      "scope messages\ntitle messages\n"
      "policy e2ee_optional\nexceptions \n" +
      source +
      "source_date 2016-04-30\nfrom -\nuntil 2016-04-04\nverified yes\nnote \n"
      "policy e2ee_always\nexceptions \n" +
      source +
      "source_date 2016-04-30\nfrom 2016-04-05\nuntil -\nverified yes\nnote \n"
      "capability ip_logs\nvalue conditional\ncondition if available\nholder Provider\n"
      "source A copy (undated, read 2026-11-23); A page (2016-04) <https://example.org/>\n"
      "source_date 2026-11-23\nfrom -\nuntil -\nverified partly\n"
      "note the copy is undated: the date is the day it was read\n"
      "capability contacts\nvalue could\ncondition \nholder Provider\n" +
      source + "source_date 2016-04-30\nfrom -\nuntil -\nverified yes\nnote \n";
  const std::string expected = "catalogue 1\nservice alpha\n" + service + "service beta\n" +
                               service +
                               "endpoint none\ntitle no known service\ngroup 0\n"
                               "endpoint alpha\ntitle Title\ngroup 0\nof alpha\n"
                               "reaches alpha.messages\n"
                               "endpoint beta\ntitle Title\ngroup 0\nof beta\n"
                               "reaches beta.messages\n"
                               "endpoint shared\ntitle Shared\ngroup 1\nof alpha\nof beta\n"
                               "reaches alpha.messages\nreaches beta.messages\n"
                               "instrument order\n";
  EXPECT_EQ(expected, form.substr(0, expected.size()));
  const std::string rules =
      "host alpha.example\nnames alpha\nevidence strong\n"
      "host beta.example\nnames beta\nevidence strong\n"
      "host shared.example\nnames shared\nevidence strong\n"
      "front front.example\n";
  EXPECT_NE(std::string::npos, form.find(rules)) << form;
}

TEST(Canonical, TheDigestIgnoresCommentsSpacingAndTheOrderOfTables) {
  ConfigFolder folder;
  const std::string before = CatalogueDigest(folder);
  EXPECT_EQ(64U, before.size());
  folder.Bend("services/alpha.toml", "title", "# a comment\n\n  title");
  folder.Bend("services/alpha.toml",
              "[[scope.policy]]\nvalue = \"e2ee_optional\"\nuntil = \"2016-04-04\"\n"
              "sources = [\"page\"]\nverified = \"yes\"\n",
              "");
  folder.Bend("services/alpha.toml", "[[endpoint]]",
              "[[scope.policy]]\nverified = \"yes\"\nuntil = \"2016-04-04\"\n"
              "sources = [\"page\"]\nvalue = \"e2ee_optional\"\n[[endpoint]]");
  EXPECT_EQ(before, CatalogueDigest(folder));
}

TEST(Canonical, TheDigestIgnoresWhichFolderHoldsTheFilesAndInWhichOrderTheyCame) {
  const ConfigFolder first;
  ConfigFolder second;
  for (const char* file : {"services/beta.toml", "services/alpha.toml", "groups.toml"}) {
    const auto from = std::filesystem::path(first.path()) / file;
    second.Remove(file);
    std::filesystem::copy_file(from, std::filesystem::path(second.path()) / file);
  }
  EXPECT_EQ(CatalogueDigest(first), CatalogueDigest(second));
}

TEST(Canonical, TheDigestChangesWithEveryFact) {
  const std::string before = CatalogueDigest(ConfigFolder());
  struct Change {
    const char* file;
    const char* from;
    const char* to;
  };
  for (const Change& change : {
           Change{"services/alpha.toml", "\"Provider\"", "\"Other\""},
           Change{"services/alpha.toml",
                  "2016-04-04\"\nsources = [\"page\"]\nverified = \"yes\"\n[[scope.policy]]\n"
                  "value = \"e2ee_always\"\nfrom = \"2016-04-05",
                  "2016-04-05\"\nsources = [\"page\"]\nverified = \"yes\"\n[[scope.policy]]\n"
                  "value = \"e2ee_always\"\nfrom = \"2016-04-06"},
           Change{"services/alpha.toml", "e2ee_always", "in_transit_only"},
           Change{"services/alpha.toml", "alpha.example", "alpha2.example"},
           Change{"services/alpha.toml", "if available", "where available"},
           Change{"sources.toml", "A page", "The page"},
           Change{"groups.toml", "front.example", "front2.example"},
           Change{"instruments/order.toml", "in_scope", "conditional"},
           Change{"services/alpha.toml", "[[endpoint.host]]", "[[endpoint.certificate]]"},
           Change{"services/alpha.toml", "[[endpoint.host]]", "[[endpoint.realm]]"},
           Change{"gateway.toml", "[tap]",
                  "[operator]\nas_of = \"2026-11-23\"\ncontacts = \"could\"\n[tap]"},
       }) {
    ConfigFolder folder;
    folder.Bend(change.file, change.from, change.to);
    EXPECT_NE(before, CatalogueDigest(folder)) << change.to;
  }
}

TEST(Canonical, TheDigestChangesWithPractice) {
  ConfigFolder folder;
  const std::string without = CatalogueDigest(folder);
  folder.WritePractice();
  const std::string with = CatalogueDigest(folder);
  EXPECT_NE(without, with);
  folder.Bend("practice.toml", "produced", "declined");
  EXPECT_NE(with, CatalogueDigest(folder));
}

TEST(Canonical, TheGatewaysDigestIsOverItsEffectiveValues) {
  ConfigFolder folder;
  GatewayConfig gateway = Load(folder.path()).loaded.gateway;
  EXPECT_EQ(64U, gateway.digest.size());
  EXPECT_EQ(gateway.digest, DigestOf(gateway));
  folder.Bend("gateway.toml", "[tap]", "# said aloud\nwindow_seconds = 60\n[tap]");
  EXPECT_EQ(gateway.digest, Load(folder.path()).loaded.gateway.digest);
  gateway.workers = 4;
  EXPECT_NE(gateway.digest, DigestOf(gateway));
}

TEST(Canonical, ALineBreakInAValueStaysInIt) {
  ConfigFolder one;
  one.Bend("services/alpha.toml", "\"if available\"", R"("a\nholder Provider")");
  const std::string form = CanonicalForm(Load(one.path()).loaded.catalogue);
  EXPECT_NE(std::string::npos, form.find("condition a\\nholder Provider\nholder Provider\n"));
}

TEST(Canonical, Sha256OfTheStandardsExample) {
  EXPECT_EQ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Sha256Hex("abc"));
}

}  // namespace
}  // namespace unopened::config
