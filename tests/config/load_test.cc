#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/assessment.h"
#include "audit/shape.h"
#include "classify/endpoint_matcher.h"
#include "config/config.h"
#include "tests/config/config_folder.h"

namespace unopened::config {
namespace {

using ::testing::HasSubstr;

struct Bent {
  std::string name;
  std::string file;
  std::string from;
  std::string to;
  std::string says;
  int lines_below = 0;  // where the problem is reported, counted from the replacement
};

std::string TestName(const testing::TestParamInfo<Bent>& info) { return info.param.name; }

class Mistake : public testing::TestWithParam<Bent> {};

TEST_P(Mistake, IsReportedOnceWithFileAndLine) {
  const Bent& bent = GetParam();
  ConfigFolder folder;
  folder.WritePractice();
  ASSERT_EQ("", FormatProblems(Load(folder.path()).problems)) << "the good one";
  const std::uint32_t line = folder.Bend(bent.file, bent.from, bent.to);
  const auto problems = Load(folder.path()).problems;
  ASSERT_EQ(1U, problems.size()) << FormatProblems(problems);
  EXPECT_EQ(folder.path() + "/" + bent.file, problems[0].file);
  EXPECT_EQ(static_cast<int>(line) + bent.lines_below, static_cast<int>(problems[0].line))
      << FormatProblems(problems);
  EXPECT_THAT(problems[0].what, HasSubstr(bent.says));
}

INSTANTIATE_TEST_SUITE_P(
    OfAnyFile, Mistake,
    testing::ValuesIn(std::vector<Bent>{
        {"BrokenToml", "services/beta.toml", "as_of =", "as_of", "no valid TOML"},
        {"UnknownKey", "services/alpha.toml", "jurisdiction", "countries = 1\njurisdiction",
         "unknown key \"countries\" (known here: as_of, capability,"},
        {"WrongType", "services/alpha.toml", "\"Title\"", "7", "\"title\" must be a text"},
        {"MissingKey", "services/alpha.toml", "provider = \"Provider\"\n", "",
         "\"provider\" is missing", -2},
        {"EmptyText", "services/alpha.toml", "\"Provider\"", "\"\"", "\"provider\" is empty"},
        {"BadDay", "services/alpha.toml", "2016-04-04", "2016-02-30", "no day of the form"},
        {"ShortDay", "services/alpha.toml", "2016-04-05", "2016-04", "no day of the form"},
        {"MissingAsOf", "services/alpha.toml", "as_of = \"2026-11-23\"\n", "",
         "\"as_of\" is missing", -4},
        {"UnknownWord", "services/alpha.toml", "e2ee_always", "e2ee_sometimes",
         "must be one of none, in_transit_only, e2ee_optional"},
        {"UnknownCategory", "services/alpha.toml", "\"contacts\"", "\"friends\"",
         "must be one of subscriber_identity"},
        {"FromAfterUntil", "services/alpha.toml", "until = \"2016-04-04\"",
         "from = \"2016-04-05\"\nuntil = \"2016-04-04\"", "lies before \"from\"", 1},
        {"Overlap", "services/alpha.toml", "until = \"2016-04-04\"", "until = \"2016-04-05\"",
         "answers for days that line 9 answers for too", 3},
        {"Gap", "services/alpha.toml", "until = \"2016-04-04\"", "until = \"2016-04-02\"",
         "leaves a gap from 2016-04-03 to 2016-04-04", 3},
        {"GapOfACapability", "services/alpha.toml", "sources = [\"copy\"",
         "until = \"2020-01-01\"\nsources = [\"page\"]\nverified = \"yes\"\n[[capability]]\n"
         "category = \"ip_logs\"\nvalue = \"unknown\"\nfrom = \"2021-01-01\"\n"
         "sources = [\"copy\"",
         "leaves a gap from 2020-01-02 to 2020-12-31", 3},
        {"NoSource", "services/alpha.toml", "sources = [\"page\"]\n", "",
         "a fact needs its \"sources\"", -3},
        {"EmptySources", "services/alpha.toml", "[\"page\"]", "[]", "a fact needs its \"sources\""},
        {"UnknownSource", "services/alpha.toml", "[\"page\"]", "[\"pages\"]",
         "source \"pages\" is not in sources.toml"},
        {"VerifiedByOwnKnowledge", "services/alpha.toml", "[\"page\"]", "[\"own\"]",
         "own knowledge alone is verified \"no\"", 1},
        {"DatedBeforeEverySource", "services/alpha.toml", "[\"copy\", \"page\"]",
         "[\"page\"]\nsource_date = \"2015-01-01\"", "lies before every source", 1},
        {"FileNamedOtherwise", "services/alpha.toml", "id = \"alpha\"\ntitle",
         "id = \"gamma\"\ntitle", "the file is named for \"alpha\""},
        {"DefaultWithoutExceptions", "services/alpha.toml", "e2ee_always", "e2ee_default",
         "needs its \"exceptions\""},
        {"ConditionalWithoutCondition", "services/alpha.toml", "condition = \"if available\"\n", "",
         "needs its \"condition\"", -1},
        {"ScopeTwice", "services/alpha.toml", "[[scope]]",
         "[[scope]]\nid = \"messages\"\ntitle = \"again\"\n[[scope]]",
         "scope \"messages\" is given twice", 4},
        {"NoScopeReached", "services/alpha.toml", "scopes = [\"messages\"]", "scopes = []",
         "needs the \"scopes\""},
        {"UnknownScope", "services/alpha.toml", "scopes = [\"messages\"]", "scopes = [\"calls\"]",
         "no scope \"alpha.calls\"", -3},
        {"HostOfTwoServices", "services/beta.toml", "\"beta.example\"", "\"alpha.example\"",
         "groups.toml once: host \"alpha.example\" is also at ", -1},
        {"EndpointTwice", "services/beta.toml", "id = \"beta\"\ntitle = \"Title\"\nscopes",
         "id = \"alpha\"\ntitle = \"Title\"\nscopes", "endpoint \"alpha\" is also at ", -1},
        {"HostOfOneLabel", "services/alpha.toml", "\"alpha.example\"", "\"example\"",
         "host name of two labels or more"},
        {"GroupOfOne", "groups.toml", "[\"alpha\", \"beta\"]\nscopes = [\"alpha.messages\", ",
         "[\"beta\"]\nscopes = [", "two or more \"services\""},
        {"GroupOfNobody", "groups.toml", "[\"alpha\", \"beta\"]", "[\"alpha\", \"beta\", \"x\"]",
         "no service \"x\"", -3},
        {"ReachTwice", "instruments/order.toml", "[[reach]]",
         "[[reach]]\ncategory = \"contacts\"\nvalue = \"unknown\"\nsources = [\"page\"]\n"
         "verified = \"no\"\n[[reach]]",
         "given twice", 6},
        {"HostInCapitals", "services/alpha.toml", "suffix = \"alpha.example\"",
         "suffix = \"Alpha.example\"", "\"suffix\" must be in lower case"},
        {"HostAsAULabel", "services/alpha.toml", "suffix = \"alpha.example\"",
         "suffix = \"\u00fcber.example\"", "must be written in A-labels: xn--..."},
        {"HostWithTheRootsDot", "services/alpha.toml", "suffix = \"alpha.example\"",
         "suffix = \"alpha.example.\"", "must not end in a dot"},
        {"HostWithAWildcard", "services/alpha.toml", "suffix = \"alpha.example\"",
         "suffix = \"*.alpha.example\"", "must not begin with a wildcard"},
        {"HostWithALabelTooLong", "services/alpha.toml", "suffix = \"alpha.example\"",
         "suffix = \"" + std::string(64, 'a') + ".example\"", "two labels or more"},
        {"FrontInCapitals", "groups.toml", "name = \"front.example\"", "name = \"Front.example\"",
         "\"name\" must be in lower case"},
        {"FingerprintThatIsNone", "services/alpha.toml", "[[endpoint.host]]",
         "[[endpoint.fingerprint]]\nja4 = \"t13d1516h2_8daaf6152771\"\nsources = [\"page\"]\n"
         "verified = \"yes\"\n[[endpoint.host]]",
         "\"ja4\" must be a JA4", 1},
        {"FingerprintThatClaimsMore", "services/alpha.toml", "[[endpoint.host]]",
         "[[endpoint.fingerprint]]\nja4 = \"t13d1516h2_8daaf6152771_02713d6af862\"\n"
         "evidence = \"strong\"\nsources = [\"page\"]\nverified = \"yes\"\n[[endpoint.host]]",
         "unknown key \"evidence\"", 2},
        {"FingerprintGivenTwice", "services/beta.toml", "[[endpoint.host]]",
         "[[endpoint.fingerprint]]\nja4 = \"t13d1516h2_8daaf6152771_02713d6af862\"\n"
         "sources = [\"page\"]\nverified = \"yes\"\n"
         "[[endpoint.fingerprint]]\nja4 = \"t13d1516h2_8daaf6152771_02713d6af862\"\n"
         "sources = [\"page\"]\nverified = \"yes\"\n[[endpoint.host]]",
         "services share belongs in groups.toml once: JA4", 4},
        {"InstrumentThatWasNeverInForce", "instruments/order.toml", "in_force_from",
         "in_force_until = \"1986-10-20\"\nin_force_from", "was never in force"},
        {"InstrumentThatEndedAndNeverBegan", "instruments/order.toml",
         "in_force_from = \"1986-10-21\"", "in_force_until = \"1986-10-20\"",
         "needs its \"in_force_from\""},
        {"InstrumentThatReachesNothing", "instruments/order.toml", "in_scope", "out_of_scope",
         "reaches nothing", -8},
        {"CertificateTwice", "services/alpha.toml", "[[capability]]",
         "[[endpoint.certificate]]\nsuffix = \"a.example\"\nsources = [\"page\"]\n"
         "verified = \"yes\"\n[[endpoint.certificate]]\nsuffix = \"a.example\"\n"
         "sources = [\"page\"]\nverified = \"yes\"\n[[capability]]",
         "certificate name \"a.example\" is also at ", 4},
        {"RealmTwice", "services/alpha.toml", "[[capability]]",
         "[[endpoint.realm]]\nsuffix = \"a.example\"\nsources = [\"page\"]\n"
         "verified = \"yes\"\n[[endpoint.realm]]\nsuffix = \"a.example\"\n"
         "sources = [\"page\"]\nverified = \"yes\"\n[[capability]]",
         "realm \"a.example\" is also at ", 4},
        {"RealmOfOneLabel", "services/alpha.toml", "[[capability]]",
         "[[endpoint.realm]]\nsuffix = \"telegram\"\nsources = [\"page\"]\n"
         "verified = \"yes\"\n[[capability]]",
         "host name of two labels or more", 1},
        {"PracticeOfNoService", "practice.toml", "\"alpha\"", "\"gamma\"", "no service \"gamma\"",
         -1},
        {"PracticeOfNoInstrument", "practice.toml", "\"order\"", "\"letter\"",
         "no instrument \"letter\"", -2},
        {"PracticeOfNoOutcome", "practice.toml", "produced", "could",
         "must be one of produced, declined, stated_unable"},
        {"PracticeTwice", "practice.toml", "[[practice]]",
         "[[practice]]\nservice = \"alpha\"\ninstrument = \"order\"\ncategory = \"contacts\"\n"
         "outcome = \"declined\"\nsources = [\"page\"]\nverified = \"yes\"\n[[practice]]",
         "practice \"alpha order contacts\" is also at ", 7},
        {"SourceWithoutDate", "sources.toml", "read = \"2026-11-23\"\nkind = \"secondary\"",
         "kind = \"secondary\"", "the day an undated copy was \"read\"", -1},
        {"SourceWithBadDate", "sources.toml", "2016-04", "2016-13", "neither year, month nor day"},
        {"WindowThatDividesNoDay", "gateway.toml", "workers = 2", "window_seconds = 7",
         "must divide a day"},
        {"TooManyWorkers", "gateway.toml", "workers = 2", "workers = 65",
         "must lie between 1 and 64"},
        {"PlaintextBeyondThePromise", "gateway.toml", "[tap]",
         "[classifier]\nplaintext_cap_bytes = 65\n[tap]", "must lie between 16 and 64", 1},
        {"ListenAddressWithoutPort", "gateway.toml", "[tap]",
         "[web]\nlisten_address = \"localhost\"\n[tap]", "must be HOST:PORT", 1},
        {"DeclarationWithoutDay", "gateway.toml", "[tap]",
         "[operator]\ntls_inspection = \"none\"\n[tap]", "\"as_of\" is missing"},
        {"DeclarationOfWhatPacketsDecide", "gateway.toml", "[tap]",
         "[operator]\nas_of = \"2026-11-23\"\nlive_content = \"could_not\"\n[tap]",
         "unknown key \"live_content\"", 2},
    }),
    TestName);

TEST(Load, ReportsTheProblemsOfAllFilesAtOnceSortedByFileAndLine) {
  ConfigFolder folder;
  folder.Bend("services/beta.toml", "jurisdiction", "nation");
  folder.Bend("services/alpha.toml", "e2ee_always", "e2ee_sometimes");
  folder.Bend("services/alpha.toml", "2016-04-04", "2016-04-31");
  folder.Bend("gateway.toml", "workers = 2", "workers = \"2\"");
  folder.Bend("instruments/order.toml", "in_scope", "in_reach");
  EXPECT_EQ(folder.path() + "/gateway.toml:1: \"workers\" must be an integer\n" +  //
                folder.path() +
                "/instruments/order.toml:9: \"value\" is \"in_reach\", but must be one of "
                "in_scope, out_of_scope, conditional, unknown\n" +
                folder.path() +
                "/services/alpha.toml:11: \"until\" is \"2016-04-31\", no day of the form "
                "2026-11-23\n" +
                folder.path() +
                "/services/alpha.toml:15: \"value\" is \"e2ee_sometimes\", but must be one of "
                "none, in_transit_only, e2ee_optional, e2ee_default, e2ee_always, user_keys, "
                "tunnel_provider, not_applicable, unknown\n" +
                folder.path() + "/services/beta.toml:1: \"jurisdiction\" is missing\n" +
                folder.path() +
                "/services/beta.toml:4: unknown key \"nation\" (known here: as_of, capability, "
                "endpoint, id, jurisdiction, provider, scope, title)\n",
            FormatProblems(Load(folder.path()).problems));
}

TEST(Load, NamesEveryFileThatIsMissing) {
  ConfigFolder folder;
  folder.Remove("gateway.toml");
  folder.Remove("instruments/order.toml");
  folder.Remove("instruments");
  const auto problems = Load(folder.path()).problems;
  ASSERT_EQ(2U, problems.size());
  EXPECT_EQ(folder.path() + "/gateway.toml", problems[0].file);
  EXPECT_EQ(0U, problems[0].line);
  EXPECT_EQ(folder.path() + "/instruments", problems[1].file);
}

TEST(Load, ACaseOfPracticeIsReadAndDoesNotNeedAFile) {
  ConfigFolder folder;
  EXPECT_TRUE(Load(folder.path()).loaded.catalogue.practices.empty());
  folder.WritePractice();
  const auto outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  ASSERT_EQ(1U, outcome.loaded.catalogue.practices.size());
  const audit::Practice& practice = outcome.loaded.catalogue.practices[0];
  EXPECT_EQ("alpha", outcome.loaded.catalogue.services[practice.service].id);
  EXPECT_EQ("order", outcome.loaded.catalogue.instruments[practice.instrument].id);
  EXPECT_EQ(audit::PracticeOutcome::kProduced, practice.outcome);
}

TEST(Load, RulesOfCertificatesAndRealmsAreWeakWithoutAVerifiedSource) {
  ConfigFolder folder;
  folder.Bend("services/alpha.toml", "[[capability]]",
              "[[endpoint.certificate]]\nsuffix = \"a.example\"\nsources = [\"page\"]\n"
              "verified = \"yes\"\n[[endpoint.realm]]\nsuffix = \"r.example\"\n"
              "sources = [\"page\"]\nverified = \"partly\"\n[[capability]]");
  const auto outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const auto& rules = outcome.loaded.catalogue.rules;
  ASSERT_EQ(1U, rules.certificates.size());
  EXPECT_EQ("a.example", rules.certificates[0].suffix);
  EXPECT_EQ(classify::Evidence::kStrong, rules.certificates[0].evidence);
  ASSERT_EQ(1U, rules.realms.size());
  EXPECT_EQ("r.example", rules.realms[0].suffix);
  EXPECT_EQ(classify::Evidence::kWeak, rules.realms[0].evidence);
  EXPECT_EQ("alpha", outcome.loaded.catalogue.endpoint(rules.realms[0].endpoint).id);
}

TEST(Load, TwoFilesOfOneServiceAreAProblem) {
  ConfigFolder folder;
  folder.Write("services/alpha2.toml",
               "id = \"alpha\"\ntitle = \"t\"\nprovider = \"p\"\n"
               "jurisdiction = \"US\"\nas_of = 2026-11-23\n");
  const std::string problems = FormatProblems(Load(folder.path()).problems);
  EXPECT_THAT(problems, HasSubstr("the file is named for \"alpha2\""));
  EXPECT_THAT(problems, HasSubstr("alpha2.toml:1: service \"alpha\" is also at "));
}

TEST(Load, LeavesWhatIsNoTomlFileAlone) {
  ConfigFolder folder;
  folder.Write("services/.alpha.toml", "not toml");
  folder.Write("services/alpha.toml~", "not toml");
  folder.Write("services/README", "not toml");
  EXPECT_EQ("", FormatProblems(Load(folder.path()).problems));
}

TEST(Load, ADayMayBeATomlDate) {
  ConfigFolder folder;
  const auto before = Load(folder.path());
  folder.Bend("services/alpha.toml", "\"2016-04-05\"", "2016-04-05");
  const auto after = Load(folder.path());
  EXPECT_EQ("", FormatProblems(after.problems));
  EXPECT_EQ(before.loaded.catalogue.digest, after.loaded.catalogue.digest);
}

TEST(Load, ReadsTheGatewaysValuesAndKeepsDefaultsForTheRest) {
  ConfigFolder folder;
  folder.Write("gateway.toml",
               "workers = 3\nwindow_seconds = 300\n"
               "[tap]\nname = \"edge-1\"\nlegal_basis = \"order 7\"\n"
               "interfaces = [\"eth0\", \"eth1\"]\nfilter = \"vlan\"\nsnap_length = 2048\n"
               "buffer_mib = 8\npromiscuous = false\n"
               "[log]\nfolder = \"/var/log/u\"\norigin = \"example.org/u\"\n"
               "[web]\nlisten_address = \"[::1]:0\"\n"
               "[classifier]\nflow_capacity = 4096\nidle_limit_seconds = 30\n"
               "tracked_capacity = 1024\n"
               "[operator]\ntls_inspection = \"none\"\nas_of = \"2026-11-23\"\n"
               "ip_logs = \"conditional\"\n");
  const auto outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const GatewayConfig& gateway = outcome.loaded.gateway;
  EXPECT_EQ(3U, gateway.workers);
  EXPECT_EQ(300U, gateway.window_seconds);
  EXPECT_EQ("edge-1", gateway.tap);
  EXPECT_EQ("order 7", gateway.legal_basis);
  EXPECT_THAT(gateway.interfaces, testing::ElementsAre("eth0", "eth1"));
  EXPECT_EQ("vlan", gateway.filter);
  EXPECT_EQ(2'048U, gateway.snap_length);
  EXPECT_EQ(8U, gateway.buffer_mib);
  EXPECT_FALSE(gateway.promiscuous);
  EXPECT_EQ("/var/log/u", gateway.log_folder);
  EXPECT_EQ("example.org/u", gateway.log_origin);
  EXPECT_EQ("[::1]:0", gateway.listen_address);
  EXPECT_EQ(4'096U, gateway.classifier.flow_capacity);
  EXPECT_EQ(30 * base::kNsPerSecond, gateway.classifier.idle_limit_ns);
  EXPECT_EQ(classify::ClassifierOptions{}.handshake_limit_ns,
            gateway.classifier.handshake_limit_ns);
  const audit::OperatorDeclaration& declared = outcome.loaded.catalogue.network_operator;
  EXPECT_TRUE(declared.tls_inspection_none);
  EXPECT_EQ(audit::Answer::kConditional,
            declared.answers[static_cast<std::size_t>(audit::Category::kIpLogs)]);
  EXPECT_EQ(audit::Answer::kUnknown,
            declared.answers[static_cast<std::size_t>(audit::Category::kContacts)]);
  ASSERT_TRUE(declared.as_of);
  EXPECT_EQ("2026-11-23", base::FormatDay(*declared.as_of));
}

TEST(Load, DatesAFactByTheLatestOfItsSourcesAndSaysWhereThatIsADayOfReading) {
  ConfigFolder folder;
  const auto outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const auto& capabilities = outcome.loaded.catalogue.services[0].capabilities;
  ASSERT_EQ(2U, capabilities.size());
  const audit::Provenance& copy = capabilities[0].provenance;  // ip_logs comes first
  EXPECT_EQ("2026-11-23", base::FormatDay(copy.source_date.value()));
  EXPECT_EQ("the copy is undated: the date is the day it was read", copy.note);
  EXPECT_EQ("A copy (undated, read 2026-11-23); A page (2016-04) <https://example.org/>",
            copy.source);
  EXPECT_EQ("Provider", capabilities[0].holder);
  const audit::Provenance& page = capabilities[1].provenance;
  EXPECT_EQ("2016-04-30", base::FormatDay(page.source_date.value())) << "the month's last day";
  EXPECT_EQ("", page.note);
}

TEST(Load, ASourceDatedByItsYearCountsFromTheDayItWasReadIfThatIsEarlier) {
  ConfigFolder folder;
  folder.Bend("sources.toml", "date = \"2016-04\"", "date = \"2026\"\nread = \"2026-11-23\"");
  const auto outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const audit::Provenance& page = outcome.loaded.catalogue.services[0].capabilities[1].provenance;
  EXPECT_EQ("2026-11-23", base::FormatDay(page.source_date.value()));
  EXPECT_EQ("", page.note) << "its copy is dated";
}

TEST(Load, AHostWithoutAVerifiedSourceNamesItsEndpointWeakly) {
  ConfigFolder folder;
  folder.Bend("services/alpha.toml",
              "suffix = \"alpha.example\"\nsources = [\"page\"]\n"
              "verified = \"yes\"",
              "suffix = \"alpha.example\"\nsources = [\"page\"]\nverified = \"partly\"");
  const auto outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const classify::EndpointMatcher matcher(outcome.loaded.catalogue.rules);
  EXPECT_EQ(classify::Evidence::kWeak, matcher.MatchHost("alpha.example").evidence);
  EXPECT_EQ(classify::Evidence::kStrong, matcher.MatchHost("beta.example").evidence);
}

TEST(Load, AnALabelIsTakenAsItIs) {
  ConfigFolder folder;
  folder.Bend("services/alpha.toml", "suffix = \"alpha.example\"",
              "suffix = \"xn--ber-goa.example\"");
  const LoadOutcome outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const classify::EndpointMatcher matcher(outcome.loaded.catalogue.rules);
  EXPECT_NE(classify::kNoEndpoint, matcher.MatchHost("www.XN--BER-goa.example.").endpoint);
  EXPECT_EQ(classify::kNoEndpoint, matcher.MatchHost("www.\u00fcber.example").endpoint);
}

TEST(Load, AFingerprintNamesItsEndpointAndCarriesNoClaim) {
  ConfigFolder folder;
  folder.Bend("services/alpha.toml", "[[endpoint.host]]",
              "[[endpoint.fingerprint]]\nja4 = \"t13d1516h2_8daaf6152771_02713d6af862\"\n"
              "sources = [\"page\"]\nverified = \"yes\"\n[[endpoint.host]]");
  const LoadOutcome outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const audit::Catalogue& catalogue = outcome.loaded.catalogue;
  ASSERT_EQ(1U, catalogue.rules.fingerprints.size());
  classify::HandshakeFacts facts;
  facts.protocol = classify::Protocol::kTls;
  facts.transient.ja4.Set("t13d1516h2_8daaf6152771_02713d6af862");
  const auto match = classify::EndpointMatcher(catalogue.rules).Match(facts);
  EXPECT_EQ("alpha", catalogue.endpoint(match.endpoint).id);
  classify::Session session;
  session.protocol = classify::Protocol::kTls;
  session.version = classify::Version::kTls13;
  session.key_exchange = classify::KeyExchange::kEcdhe;
  session.sides = classify::SidesSeen::kBoth;
  session.outcome = classify::Outcome::kIdentified;
  session.endpoint = match.endpoint;
  base::Day day = 0;
  ASSERT_TRUE(base::ParseDay("2026-11-23", day));
  // A name of the same service lets the same session say more: what is weak is the fingerprint.
  session.evidence = classify::Evidence::kStrong;
  const auto named = audit::Assess(audit::ShapeOf(session), catalogue, day);
  EXPECT_NE(audit::Reason::kWeakEvidence,
            named.provider[static_cast<std::size_t>(audit::Category::kLiveContent)].reason);
  session.evidence = match.evidence;
  const auto hinted = audit::Assess(audit::ShapeOf(session), catalogue, day);
  for (const audit::Finding& finding : hinted.provider) {
    EXPECT_EQ(audit::Answer::kUnknown, finding.answer);
    EXPECT_EQ(audit::Reason::kWeakEvidence, finding.reason);
  }
}

TEST(Load, AnInstrumentMayHaveEnded) {
  ConfigFolder folder;
  folder.Bend("instruments/order.toml", "in_force_from",
              "in_force_until = \"2020-12-31\"\nin_force_from");
  const LoadOutcome outcome = Load(folder.path());
  ASSERT_EQ("", FormatProblems(outcome.problems));
  const auto& instrument = outcome.loaded.catalogue.instruments[0];
  ASSERT_TRUE(instrument.in_force_until);
  EXPECT_EQ("2020-12-31", base::FormatDay(*instrument.in_force_until));
}

}  // namespace
}  // namespace unopened::config
