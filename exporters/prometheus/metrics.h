// The gateway's metrics, as prometheus-cpp's families: session numbers from committed windows,
// operational ones live.
//
// One table (metrics.cc) names every metric, its help and its labels; docs/metrics.md is held to it
// by a test. Pure.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/summary.h"
#include "exporters/prometheus/operational.h"

namespace unopened::exporters {

struct MetricsInput {
  audit::Summary summary;
  Operational operational;
  std::string version;
};

// Series of one metric: a hard cap, beyond which series are folded into the label value "other".
inline constexpr std::size_t kMaxSeries = 2048;

std::vector<prometheus::MetricFamily> Families(const MetricsInput& input);

// What stands at /metrics: text format 0.0.4.
std::string Exposition(const MetricsInput& input);

// prometheus-cpp's view of the same, for whoever embeds a registry of their own.
class GatewayCollectable final : public prometheus::Collectable {
 public:
  explicit GatewayCollectable(std::function<MetricsInput()> input) : input_(std::move(input)) {}
  std::vector<prometheus::MetricFamily> Collect() const override { return Families(input_()); }

 private:
  std::function<MetricsInput()> input_;
};

}  // namespace unopened::exporters
