// Hashing of a log's Merkle tree: SHA-256 with the two prefixes that keep leaves and nodes apart.
//
// Source: RFC 6962 §2.1. Pure: no file, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace unopened::audit::merkle {

inline constexpr std::size_t kHashSize = 32;
using Hash = std::array<std::uint8_t, kHashSize>;

// Keeps one digest context for all its hashes, since setting one up costs more than hashing a node.
// Ends the process if the digest cannot be had or computed: no log may go on without. Thread: one
// at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hash Sha256(std::string_view bytes);
  Hash Leaf(std::string_view entry);               // SHA-256(0x00 || entry)
  Hash Node(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
  // The root over `leaves` as if each were a node of one height; SHA-256("") for none.
  Hash Root(std::span<const Hash> leaves);

 private:
  Hash Finish();
  void Start();
  void Add(const void* bytes, std::size_t size);

  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  struct FreeDigest {
    void operator()(evp_md_st* digest) const;
  };
  std::unique_ptr<evp_md_st, FreeDigest> digest_;
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

std::string_view AsText(std::span<const Hash> hashes);  // borrows: the hashes one after another
std::string Hex(std::span<const std::uint8_t> bytes);   // lower case

}  // namespace unopened::audit::merkle
