// SSH: two bytes of size, the client's bytes, and the rest is the server's.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/byte_reader.h"
#include "classify/ssh/ssh_dissector.h"

namespace {

using namespace unopened;
using base::ByteReader;
using base::End;
using classify::ssh::SshDissector;

void Require(bool condition) {
  if (!condition) std::abort();
}

classify::FlowView View(base::Bytes client, base::Bytes server, End end) {
  classify::FlowView flow;
  flow.start_seen = true;
  flow.options.fingerprints = true;
  flow.client = ByteReader(client, end);
  flow.server = ByteReader(server, end);
  return flow;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader input(base::Bytes(data, size));
  std::uint16_t client_size = 0;
  base::Bytes client;
  if (!input.ReadU16(client_size)) return 0;
  (void)input.ReadBytes(std::min<std::size_t>(client_size, input.size()), client);
  const base::Bytes server = input.rest();

  const auto whole = SshDissector().dissect(View(client, server, End::kOpen));
  if (const auto* more = std::get_if<base::NeedMore>(&whole)) Require(more->at_least > 0);
  Require(!base::IsNeedMore(SshDissector().dissect(View(client, server, End::kFinal))));
  Require(!base::IsNeedMore(SshDissector().partial(View(client, server, End::kFinal))));

  // Final: a part that settles the flow settles it for good. A few cuts stand for all.
  for (const std::size_t parts : {1, 2, 3}) {
    const auto early =
        SshDissector().dissect(View(client.first(client.size() * parts / 4),
                                    server.first(server.size() * parts / 4), End::kOpen));
    Require(base::IsNeedMore(early) || early.index() == whole.index());
    if (const auto* facts = base::Value(early)) Require(*facts == *base::Value(whole));
  }
  return 0;
}
