// What it costs to find an endpoint by a server name, among 100 to 100,000 host rules: names that
// match by a rule below the last two labels, that match nothing, and a mix as traffic has it.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "classify/endpoint_matcher.h"

namespace unopened {
namespace {

using classify::EndpointMatcher;

std::string Word(std::mt19937& random, std::size_t shortest, std::size_t longest) {
  std::uniform_int_distribution<std::size_t> length(shortest, longest);
  std::uniform_int_distribution<int> letter('a', 'z');
  std::string word(length(random), ' ');
  for (char& c : word) c = static_cast<char>(letter(random));
  return word;
}

// Half of them are a domain, half a name below one that is a rule of another endpoint.
classify::EndpointRules RulesOf(std::size_t count) {
  std::mt19937 random(7);
  constexpr std::string_view kTops[] = {".com", ".net", ".org", ".co.uk", ".example", ".io"};
  classify::EndpointRules rules;
  rules.hosts.reserve(count);
  while (rules.hosts.size() < count) {
    const std::string domain =
        Word(random, 4, 16) + std::string(kTops[random() % std::size(kTops)]);
    rules.hosts.push_back({domain, static_cast<classify::EndpointId>(1 + random() % 1000)});
    if (rules.hosts.size() == count) break;
    rules.hosts.push_back({Word(random, 2, 8) + "." + domain,
                           static_cast<classify::EndpointId>(1 + random() % 1000)});
  }
  return rules;
}

struct Asked {
  std::string name;
  bool known;
};

// Names in traffic: a few labels below a domain, mostly of 15 to 40 bytes.
std::vector<Asked> Names(const classify::EndpointRules& rules, int known_percent) {
  std::mt19937 random(11);
  std::vector<Asked> names;
  while (names.size() < 4096) {
    if (static_cast<int>(random() % 100) < known_percent) {
      names.push_back(
          {Word(random, 2, 12) + "." + rules.hosts[random() % rules.hosts.size()].suffix, true});
    } else {
      names.push_back({Word(random, 2, 8) + "." + Word(random, 4, 16) + "-x.test", false});
    }
  }
  return names;
}

void Host(benchmark::State& state, int known_percent) {
  const auto rules = RulesOf(static_cast<std::size_t>(state.range(0)));
  const EndpointMatcher matcher(rules);
  const std::vector<Asked> names = Names(rules, known_percent);
  // Nothing may be taken from the heap by a look-up, ever.
  const std::size_t used = mallinfo2().uordblks;
  std::size_t next = 0;
  std::size_t wrong = 0;
  for (auto _ : state) {
    const Asked& asked = names[next];
    const bool found = matcher.MatchHost(asked.name).endpoint != classify::kNoEndpoint;
    wrong += found == asked.known ? 0 : 1;
    if (++next == names.size()) next = 0;
  }
  if (wrong != 0) state.SkipWithError("a name was not told right");
  if (mallinfo2().uordblks != used) state.SkipWithError("a look-up took memory");
}
BENCHMARK_CAPTURE(Host, known, 100)->RangeMultiplier(10)->Range(100, 100'000);
BENCHMARK_CAPTURE(Host, unknown, 0)->RangeMultiplier(10)->Range(100, 100'000);
BENCHMARK_CAPTURE(Host, mixed, 50)->RangeMultiplier(10)->Range(100, 100'000);

void Build(benchmark::State& state) {
  const auto rules = RulesOf(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const EndpointMatcher matcher(rules);
    benchmark::DoNotOptimize(matcher.MatchHost(rules.hosts[0].suffix));
  }
}
BENCHMARK(Build)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace unopened
