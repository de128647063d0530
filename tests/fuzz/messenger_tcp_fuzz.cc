// The messengers over TCP that show lengths alone (Threema, Tox's relay, mmtls), and what only
// begins in clear, from any bytes: the first two bytes of the input are the length of the client's
// direction, the rest is split there.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "classify/messenger/mmtls_dissector.h"
#include "classify/plaintext/plaintext_dissector.h"
#include "classify/threema/threema_dissector.h"
#include "classify/tox/tox_dissector.h"

namespace {

using namespace unopened;

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

// What is settled while more may come is what is said at last.
void Check(const classify::Dissector& dissector, base::Bytes client, base::Bytes server) {
  classify::FlowView flow;
  flow.start_seen = true;
  flow.server_port = 5222;
  flow.datagrams_open = false;
  flow.client = base::ByteReader(client, base::End::kOpen);
  flow.server = base::ByteReader(server, base::End::kOpen);
  const auto open = dissector.dissect(flow);
  flow.client = base::ByteReader(client, base::End::kFinal);
  flow.server = base::ByteReader(server, base::End::kFinal);
  const auto last =
      dissector.partial != nullptr ? dissector.partial(flow) : dissector.dissect(flow);
  if (!base::IsNeedMore(open)) Require(open.index() == last.index());
  if (base::Value(open) != nullptr) Require(open == last);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader reader(base::Bytes(data, size));
  std::uint16_t split = 0;
  if (!reader.ReadU16(split)) return 0;
  const base::Bytes client = reader.rest().first(std::min<std::size_t>(split, reader.size()));
  const base::Bytes server = reader.rest().subspan(client.size());
  for (const classify::Dissector* dissector :
       {&classify::threema::ThreemaDissector(), &classify::tox::ToxDissector(),
        &classify::messenger::MmtlsDissector(), &classify::plaintext::AccessDissector()}) {
    Check(*dissector, client, server);
  }
  return 0;
}
