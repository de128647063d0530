#include "tests/captures/tls_bytes.h"

#include "tests/support/capture_builder.h"
#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

constexpr std::uint16_t kX25519 = 0x001d;
constexpr std::uint16_t kSecp256r1 = 0x0017;
constexpr std::uint16_t kX25519MlKem768 = 0x11ec;

// A self-signed certificate of the invented built.example.org; its private key was never kept.
constexpr std::string_view kCertificate =
    "3082018f30820135a00302010202147ecf75ecf7ae44d606fc18321157fce0013b6991300a06082a"
    "8648ce3d040302301c311a301806035504030c116275696c742e6578616d706c652e6f7267302017"
    "0d3236313132353033333832305a180f32313236313130313033333832305a301c311a3018060355"
    "04030c116275696c742e6578616d706c652e6f72673059301306072a8648ce3d020106082a8648ce"
    "3d030107034200047f1f9ed135d8656239800abe0aa1acf5b338baa8c9094fce424aef39fd14167d"
    "0b7ceba39803ca61a5c17a721dbcca11f6eaae7742f9acea20effa81778ccabea3533051301d0603"
    "551d0e0416041481d0b6fa834b624ea56e59ecabcb6d6e8420ec7f301f0603551d23041830168014"
    "81d0b6fa834b624ea56e59ecabcb6d6e8420ec7f300f0603551d130101ff040530030101ff300a06"
    "082a8648ce3d04030203480030450221009d9b58739cece36183f3cb2d9f4bd33a0fdf6ef7b9cc4b"
    "2acf09cbfc0cb0e82202201810b87ba582e06d101ea4ba070a02fd98f504f551f30bbaa9d04cafc0"
    "e81d82";

std::vector<std::uint8_t> Record(std::uint8_t type, std::uint16_t version,
                                 const std::vector<std::uint8_t>& fragment) {
  return Wire().U8(type).U16(version).Prefixed16([&](Wire& w) { w.Append(fragment); }).bytes();
}

std::vector<std::uint8_t> Message(std::uint8_t type, const std::vector<std::uint8_t>& body) {
  return Wire().U8(type).Prefixed24([&](Wire& w) { w.Append(body); }).bytes();
}

std::vector<std::uint8_t> ChangeCipherSpec() { return Record(20, 0x0303, {1}); }

void Extension(Wire& out, std::uint16_t type, const std::function<void(Wire&)>& body) {
  out.U16(type).Prefixed16(body);
}

void KeyShare(Wire& out, std::uint16_t group, std::size_t size, std::uint64_t seed) {
  out.U16(group).Prefixed16([&](Wire& w) { w.Append(RandomLooking(size, seed)); });
}

void ClientExtensions(Wire& out, const TlsClient& client) {
  if (!client.server_name.empty()) {
    Extension(out, 0, [&](Wire& e) {
      e.Prefixed16([&](Wire& list) {
        list.U8(0).Prefixed16([&](Wire& name) { name.Text(client.server_name); });
      });
    });
  }
  Extension(out, 10, [&](Wire& e) {
    e.Prefixed16([&](Wire& list) {
      if (client.hybrid) list.U16(kX25519MlKem768);
      list.U16(kX25519).U16(kSecp256r1);
    });
  });
  Extension(out, 11, [](Wire& e) { e.U8(1).U8(0); });
  Extension(out, 13, [](Wire& e) {
    e.Prefixed16([](Wire& list) { list.U16(0x0403).U16(0x0804).U16(0x0401); });
  });
  if (!client.alpn.empty()) {
    Extension(out, 16, [&](Wire& e) {
      e.Prefixed16([&](Wire& list) {
        for (const auto& protocol : client.alpn) {
          list.Prefixed8([&](Wire& name) { name.Text(protocol); });
        }
      });
    });
  }
  Extension(out, 23, [](Wire&) {});  // extended_master_secret
  if (!client.tls13) return;
  Extension(out, 43,
            [](Wire& e) { e.Prefixed8([](Wire& list) { list.U16(0x0304).U16(0x0303); }); });
  Extension(out, 45, [](Wire& e) { e.U8(1).U8(1); });  // psk_dhe_ke
  Extension(out, 51, [&](Wire& e) {
    e.Prefixed16([&](Wire& list) {
      if (client.hybrid) KeyShare(list, kX25519MlKem768, 1216, client.seed + 1);
      KeyShare(list, kX25519, 32, client.seed + 2);
    });
  });
}

std::vector<std::uint8_t> ServerHello(const TlsClient& client) {
  Wire body;
  body.U16(0x0303).Append(RandomLooking(32, client.seed + 10));
  body.Prefixed8([&](Wire& w) { w.Append(RandomLooking(32, client.seed + 4)); });
  body.U16(client.tls13 ? 0x1301 : 0xc02b).U8(0);
  body.Prefixed16([&](Wire& extensions) {
    if (client.tls13) {
      Extension(extensions, 43, [](Wire& e) { e.U16(0x0304); });
      Extension(extensions, 51, [&](Wire& e) {
        if (client.hybrid) {
          KeyShare(e, kX25519MlKem768, 1120, client.seed + 11);
        } else {
          KeyShare(e, kX25519, 32, client.seed + 11);
        }
      });
    } else {
      Extension(extensions, 0xff01, [](Wire& e) { e.U8(0); });
      Extension(extensions, 11, [](Wire& e) { e.U8(1).U8(0); });
    }
  });
  return Message(2, body.bytes());
}

}  // namespace

std::vector<std::uint8_t> ClientFirstFlight(const TlsClient& client) {
  Wire body;
  body.U16(0x0303).Append(RandomLooking(32, client.seed + 3));
  // RFC 8446 appendix D.4: a 1.3 client sends 32 bytes, which the server repeats.
  body.Prefixed8([&](Wire& w) {
    if (client.tls13) w.Append(RandomLooking(32, client.seed + 4));
  });
  body.Prefixed16([&](Wire& suites) {
    if (client.tls13) suites.U16(0x1301).U16(0x1302).U16(0x1303);
    suites.U16(0xc02b).U16(0xc02f).U16(0xc02c).U16(0xc030).U16(0x009c);
  });
  body.U8(1).U8(0);
  body.Prefixed16([&](Wire& extensions) { ClientExtensions(extensions, client); });
  return Record(22, 0x0301, Message(1, body.bytes()));
}

std::vector<std::uint8_t> ServerFirstFlight(const TlsClient& client) {
  Wire flight;
  flight.Append(Record(22, 0x0303, ServerHello(client)));
  if (client.tls13) {
    return flight.Append(ChangeCipherSpec())
        .Append(ApplicationData(1180, client.seed + 12))
        .bytes();
  }
  Wire certificates;
  certificates.Prefixed24([](Wire& list) {
    list.Prefixed24([](Wire& certificate) { certificate.Append(FromHex(kCertificate)); });
  });
  Wire key_exchange;  // RFC 8422 §5.4: named_curve, the point, ecdsa_secp256r1_sha256
  key_exchange.U8(3).U16(kX25519).Prefixed8(
      [&](Wire& w) { w.Append(RandomLooking(32, client.seed + 13)); });
  key_exchange.U16(0x0403).Prefixed16(
      [&](Wire& w) { w.Append(RandomLooking(71, client.seed + 14)); });
  flight.Append(Record(22, 0x0303, Message(11, certificates.bytes())));
  flight.Append(Record(22, 0x0303, Message(12, key_exchange.bytes())));
  return flight.Append(Record(22, 0x0303, Message(14, {}))).bytes();
}

std::vector<std::uint8_t> ClientSecondFlight(const TlsClient& client) {
  Wire flight;
  if (client.tls13) {
    return flight.Append(ChangeCipherSpec()).Append(ApplicationData(53, client.seed + 20)).bytes();
  }
  Wire key_exchange;
  key_exchange.Prefixed8([&](Wire& w) { w.Append(RandomLooking(32, client.seed + 21)); });
  flight.Append(Record(22, 0x0303, Message(16, key_exchange.bytes()))).Append(ChangeCipherSpec());
  return flight.Append(Record(22, 0x0303, RandomLooking(40, client.seed + 22))).bytes();
}

std::vector<std::uint8_t> ServerSecondFlight(const TlsClient& client) {
  if (client.tls13) return ApplicationData(250, client.seed + 30);
  Wire flight;
  return flight.Append(ChangeCipherSpec())
      .Append(Record(22, 0x0303, RandomLooking(40, client.seed + 31)))
      .bytes();
}

std::vector<std::uint8_t> ApplicationData(std::size_t count, std::uint64_t seed) {
  return Record(23, 0x0303, RandomLooking(count, seed));
}

}  // namespace unopened::tests
