#include "classify/tls/cipher_suites.h"

#include <algorithm>
#include <array>

namespace unopened::classify::tls {
namespace {

struct SuiteRange {
  CipherSuite first;
  CipherSuite last;
  KeyExchange key_exchange;
};

// Ascending. TLS_RSA_PSK_* stands with static RSA: whoever has the server's keys can decrypt.
constexpr auto kSuites = std::to_array<SuiteRange>({
    {0x0000, 0x0000, KeyExchange::kNone},        {0x0001, 0x000a, KeyExchange::kStaticRsa},
    {0x0011, 0x0016, KeyExchange::kFfdhe},       {0x0017, 0x001b, KeyExchange::kDhAnonymous},
    {0x002c, 0x002c, KeyExchange::kPskOnly},     {0x002d, 0x002d, KeyExchange::kPskDhe},
    {0x002e, 0x002f, KeyExchange::kStaticRsa},   {0x0032, 0x0033, KeyExchange::kFfdhe},
    {0x0034, 0x0034, KeyExchange::kDhAnonymous}, {0x0035, 0x0035, KeyExchange::kStaticRsa},
    {0x0038, 0x0039, KeyExchange::kFfdhe},       {0x003a, 0x003a, KeyExchange::kDhAnonymous},
    {0x003b, 0x003d, KeyExchange::kStaticRsa},   {0x0040, 0x0040, KeyExchange::kFfdhe},
    {0x0041, 0x0041, KeyExchange::kStaticRsa},   {0x0044, 0x0045, KeyExchange::kFfdhe},
    {0x0046, 0x0046, KeyExchange::kDhAnonymous}, {0x0060, 0x0062, KeyExchange::kStaticRsa},
    {0x0063, 0x0063, KeyExchange::kFfdhe},       {0x0064, 0x0064, KeyExchange::kStaticRsa},
    {0x0065, 0x0067, KeyExchange::kFfdhe},       {0x006a, 0x006b, KeyExchange::kFfdhe},
    {0x006c, 0x006d, KeyExchange::kDhAnonymous}, {0x0084, 0x0084, KeyExchange::kStaticRsa},
    {0x0087, 0x0088, KeyExchange::kFfdhe},       {0x0089, 0x0089, KeyExchange::kDhAnonymous},
    {0x008a, 0x008d, KeyExchange::kPskOnly},     {0x008e, 0x0091, KeyExchange::kPskDhe},
    {0x0092, 0x0096, KeyExchange::kStaticRsa},   {0x0099, 0x009a, KeyExchange::kFfdhe},
    {0x009b, 0x009b, KeyExchange::kDhAnonymous}, {0x009c, 0x009d, KeyExchange::kStaticRsa},
    {0x009e, 0x009f, KeyExchange::kFfdhe},       {0x00a2, 0x00a3, KeyExchange::kFfdhe},
    {0x00a6, 0x00a7, KeyExchange::kDhAnonymous}, {0x00a8, 0x00a9, KeyExchange::kPskOnly},
    {0x00aa, 0x00ab, KeyExchange::kPskDhe},      {0x00ac, 0x00ad, KeyExchange::kStaticRsa},
    {0x00ae, 0x00b1, KeyExchange::kPskOnly},     {0x00b2, 0x00b5, KeyExchange::kPskDhe},
    {0x00b6, 0x00ba, KeyExchange::kStaticRsa},   {0x00bd, 0x00be, KeyExchange::kFfdhe},
    {0x00bf, 0x00bf, KeyExchange::kDhAnonymous}, {0x00c0, 0x00c0, KeyExchange::kStaticRsa},
    {0x00c3, 0x00c4, KeyExchange::kFfdhe},       {0x00c5, 0x00c5, KeyExchange::kDhAnonymous},
    {0xc006, 0xc00a, KeyExchange::kEcdhe},       {0xc010, 0xc014, KeyExchange::kEcdhe},
    {0xc015, 0xc019, KeyExchange::kDhAnonymous}, {0xc023, 0xc024, KeyExchange::kEcdhe},
    {0xc027, 0xc028, KeyExchange::kEcdhe},       {0xc02b, 0xc02c, KeyExchange::kEcdhe},
    {0xc02f, 0xc030, KeyExchange::kEcdhe},       {0xc033, 0xc03b, KeyExchange::kPskDhe},
    {0xc03c, 0xc03d, KeyExchange::kStaticRsa},   {0xc042, 0xc045, KeyExchange::kFfdhe},
    {0xc046, 0xc047, KeyExchange::kDhAnonymous}, {0xc048, 0xc049, KeyExchange::kEcdhe},
    {0xc04c, 0xc04d, KeyExchange::kEcdhe},       {0xc050, 0xc051, KeyExchange::kStaticRsa},
    {0xc052, 0xc053, KeyExchange::kFfdhe},       {0xc056, 0xc057, KeyExchange::kFfdhe},
    {0xc05a, 0xc05b, KeyExchange::kDhAnonymous}, {0xc05c, 0xc05d, KeyExchange::kEcdhe},
    {0xc060, 0xc061, KeyExchange::kEcdhe},       {0xc064, 0xc065, KeyExchange::kPskOnly},
    {0xc066, 0xc067, KeyExchange::kPskDhe},      {0xc068, 0xc069, KeyExchange::kStaticRsa},
    {0xc06a, 0xc06b, KeyExchange::kPskOnly},     {0xc06c, 0xc06d, KeyExchange::kPskDhe},
    {0xc06e, 0xc06f, KeyExchange::kStaticRsa},   {0xc070, 0xc071, KeyExchange::kPskDhe},
    {0xc072, 0xc073, KeyExchange::kEcdhe},       {0xc076, 0xc077, KeyExchange::kEcdhe},
    {0xc07a, 0xc07b, KeyExchange::kStaticRsa},   {0xc07c, 0xc07d, KeyExchange::kFfdhe},
    {0xc080, 0xc081, KeyExchange::kFfdhe},       {0xc084, 0xc085, KeyExchange::kDhAnonymous},
    {0xc086, 0xc087, KeyExchange::kEcdhe},       {0xc08a, 0xc08b, KeyExchange::kEcdhe},
    {0xc08e, 0xc08f, KeyExchange::kPskOnly},     {0xc090, 0xc091, KeyExchange::kPskDhe},
    {0xc092, 0xc093, KeyExchange::kStaticRsa},   {0xc094, 0xc095, KeyExchange::kPskOnly},
    {0xc096, 0xc097, KeyExchange::kPskDhe},      {0xc098, 0xc099, KeyExchange::kStaticRsa},
    {0xc09a, 0xc09b, KeyExchange::kPskDhe},      {0xc09c, 0xc09d, KeyExchange::kStaticRsa},
    {0xc09e, 0xc09f, KeyExchange::kFfdhe},       {0xc0a0, 0xc0a1, KeyExchange::kStaticRsa},
    {0xc0a2, 0xc0a3, KeyExchange::kFfdhe},       {0xc0a4, 0xc0a5, KeyExchange::kPskOnly},
    {0xc0a6, 0xc0a7, KeyExchange::kPskDhe},      {0xc0a8, 0xc0a9, KeyExchange::kPskOnly},
    {0xc0aa, 0xc0ab, KeyExchange::kPskDhe},      {0xc0ac, 0xc0af, KeyExchange::kEcdhe},
    {0xcc13, 0xcc14, KeyExchange::kEcdhe},       {0xcc15, 0xcc15, KeyExchange::kFfdhe},
    {0xcca8, 0xcca9, KeyExchange::kEcdhe},       {0xccaa, 0xccaa, KeyExchange::kFfdhe},
    {0xccab, 0xccab, KeyExchange::kPskOnly},     {0xccac, 0xccad, KeyExchange::kPskDhe},
    {0xccae, 0xccae, KeyExchange::kStaticRsa},   {0xd001, 0xd003, KeyExchange::kPskDhe},
    {0xd005, 0xd005, KeyExchange::kPskDhe},      {0xe410, 0xe411, KeyExchange::kStaticRsa},
    {0xe412, 0xe415, KeyExchange::kEcdhe},       {0xe416, 0xe417, KeyExchange::kPskOnly},
    {0xe418, 0xe419, KeyExchange::kPskDhe},      {0xe41a, 0xe41b, KeyExchange::kStaticRsa},
    {0xe41c, 0xe41d, KeyExchange::kPskDhe},      {0xe41e, 0xe41f, KeyExchange::kFfdhe},
    {0xfefe, 0xfeff, KeyExchange::kStaticRsa},   {0xffe0, 0xffe1, KeyExchange::kStaticRsa},
});
static_assert(std::ranges::is_sorted(kSuites, {}, &SuiteRange::first));

constexpr auto kNullSuites = std::to_array<CipherSuite>({
    0x0000, 0x0001, 0x0002, 0x001c, 0x002c, 0x002d, 0x002e, 0x003b, 0x0082,
    0x0083, 0x00b0, 0x00b1, 0x00b4, 0x00b5, 0x00b8, 0x00b9, 0xc001, 0xc006,
    0xc00b, 0xc010, 0xc015, 0xc039, 0xc03a, 0xc03b, 0xc0b4, 0xc0b5,
});
static_assert(std::ranges::is_sorted(kNullSuites));

constexpr auto kExportSuites = std::to_array<CipherSuite>({
    0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019, 0x0026, 0x0027,
    0x0028, 0x0029, 0x002a, 0x002b, 0x0060, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065,
});
static_assert(std::ranges::is_sorted(kExportSuites));

}  // namespace

KeyExchange KeyExchangeOf(CipherSuite suite) {
  if (IsNullCipher(suite)) return KeyExchange::kNullCipher;
  return IsExport(suite) ? KeyExchange::kExport : AgreementOf(suite);
}

KeyExchange AgreementOf(CipherSuite suite) {
  const auto range = std::ranges::lower_bound(kSuites, suite, {}, &SuiteRange::last);
  if (range == kSuites.end() || suite < range->first) return KeyExchange::kUnknown;
  return range->key_exchange;
}

bool IsNullCipher(CipherSuite suite) { return std::ranges::binary_search(kNullSuites, suite); }

bool IsExport(CipherSuite suite) { return std::ranges::binary_search(kExportSuites, suite); }

KeyExchange KeyExchangeOfGroup(NamedGroup group) {
  switch (group) {
    case 0x11eb:  // SecP256r1MLKEM768
    case 0x11ec:  // X25519MLKEM768
    case 0x11ed:  // SecP384r1MLKEM1024
    case 0x6399:  // X25519Kyber768Draft00, until 2024
      return KeyExchange::kPqHybrid;
    case 0x0200:  // MLKEM512, MLKEM768, MLKEM1024
    case 0x0201:
    case 0x0202:
      return KeyExchange::kPq;
    default:
      break;
  }
  // RFC 7919 §2: ffdhe2048 to ffdhe8192.
  if (group >= 0x0100 && group <= 0x0104) return KeyExchange::kFfdhe;
  // RFC 8422 §5.1.1, RFC 7027, RFC 8734, RFC 9367, RFC 8998: sect163k1 to curveSM2.
  return group >= 0x0001 && group <= 0x0029 ? KeyExchange::kEcdhe : KeyExchange::kUnknown;
}

}  // namespace unopened::classify::tls
