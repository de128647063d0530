// TLS from any bytes: the first two bytes of the input are the length of the client's direction,
// the rest is split there. The hello parsers get the input as it is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/byte_reader.h"
#include "classify/tls/hello_facts.h"
#include "classify/tls/message.h"
#include "classify/tls/tls_dissector.h"
#include "tests/support/laws.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;
using unopened::base::End;
namespace tls = unopened::classify::tls;
using unopened::classify::FlowView;

namespace {

void CheckHellos(Bytes bytes) {
  const auto client = [](ByteReader reader) { return tls::ParseClientHello(reader); };
  const auto server = [](ByteReader reader) { return tls::ParseServerHello(reader); };
  const auto sslv2 = [](ByteReader reader) { return tls::ParseSslv2ClientHello(reader); };
  unopened::tests::CheckLawsOnAnything(bytes, client);
  unopened::tests::CheckLawsOnAnything(bytes, server);
  unopened::tests::CheckLawsOnAnything(bytes, sslv2);
  const auto parsed = tls::ParseClientHello(ByteReader(bytes));
  if (const auto* hello = unopened::base::Value(parsed)) {
    tls::FactsOf(hello, nullptr, {.fingerprints = true}, false);
  }
}

void CheckFlow(Bytes client, Bytes server) {
  FlowView flow;
  flow.options.fingerprints = true;
  flow.client = ByteReader(client, End::kOpen);
  flow.server = ByteReader(server, End::kOpen);
  const auto open = tls::TlsDissector().dissect(flow);
  flow.client = ByteReader(client, End::kFinal);
  flow.server = ByteReader(server, End::kFinal);
  const auto last = tls::TlsDissector().partial(flow);
  if (unopened::base::IsNeedMore(last)) __builtin_trap();
  // What was settled while more could come stays so.
  if (!unopened::base::IsNeedMore(open) && !(open == last)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  CheckHellos(input);
  ByteReader reader(input);
  std::uint16_t split = 0;
  if (!reader.ReadU16(split)) return 0;
  const Bytes both = reader.rest();
  const std::size_t client = std::min<std::size_t>(split, both.size());
  CheckFlow(both.first(client), both.subspan(client));
  return 0;
}
