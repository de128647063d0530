// The laws of base/parsed.h as checks. A parser's test calls them with one whole message; its fuzz
// target calls CheckLawsOnAnything with whatever the fuzzer made.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/byte_reader.h"
#include "base/parsed.h"

namespace unopened::tests {

// `parse` takes a ByteReader and returns a Parsed<T>. T needs operator== for the Final law.

// Prefix and Progress: every proper prefix of `message` is NeedMore when more may come, and never
// asks beyond the message; it is NotThis when nothing follows.
template <class Parse>
void CheckPrefixLaw(const std::vector<std::uint8_t>& message, Parse parse) {
  for (std::size_t cut = 0; cut < message.size(); ++cut) {
    const base::Bytes prefix(message.data(), cut);
    const auto open = parse(base::ByteReader(prefix, base::End::kOpen));
    ASSERT_TRUE(base::IsNeedMore(open))
        << "open prefix of " << cut << " of " << message.size() << " bytes";
    const auto need = std::get<base::NeedMore>(open);
    EXPECT_GT(need.at_least, 0U) << "at " << cut;
    EXPECT_LE(cut + need.at_least, message.size()) << "asks beyond the message at " << cut;
    const auto final_answer = parse(base::ByteReader(prefix, base::End::kFinal));
    EXPECT_TRUE(base::IsNotThis(final_answer)) << "final prefix of " << cut << " bytes";
  }
}

// Final: appending bytes to a whole open message changes neither the facts nor a refusal.
template <class Parse>
void CheckFinalLaw(const std::vector<std::uint8_t>& message, Parse parse) {
  const auto before = parse(base::ByteReader(message, base::End::kOpen));
  ASSERT_FALSE(base::IsNeedMore(before));
  for (const int filler : {0x00, 0x16, 0xff}) {
    std::vector<std::uint8_t> longer = message;
    longer.insert(longer.end(), 64, static_cast<std::uint8_t>(filler));
    const auto after = parse(base::ByteReader(longer, base::End::kOpen));
    EXPECT_TRUE(before == after) << "bytes after the message changed the answer";
  }
}

// Whole: `outer_size` bytes of `message` satisfy its outermost length; flipping any later byte to
// any of a few lies never parks the flow.
template <class Parse>
void CheckWholeLaw(const std::vector<std::uint8_t>& message, std::size_t first_inner_byte,
                   Parse parse) {
  for (std::size_t at = first_inner_byte; at < message.size(); ++at) {
    for (const int lie : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<std::uint8_t> bent = message;
      bent[at] = static_cast<std::uint8_t>(lie);
      EXPECT_FALSE(base::IsNeedMore(parse(base::ByteReader(bent, base::End::kOpen))))
          << "byte " << at << " set to " << lie << " parks the flow";
    }
  }
}

// What holds for any bytes at all; for fuzz targets. Aborts on a broken law, as a fuzz target must.
template <class Parse>
void CheckLawsOnAnything(base::Bytes bytes, Parse parse) {
  const auto on_final = parse(base::ByteReader(bytes, base::End::kFinal));
  if (base::IsNeedMore(on_final)) __builtin_trap();  // nothing follows a final reader
  const auto on_open = parse(base::ByteReader(bytes, base::End::kOpen));
  if (const auto* need = std::get_if<base::NeedMore>(&on_open); need != nullptr) {
    if (need->at_least == 0) __builtin_trap();
    return;
  }
  std::vector<std::uint8_t> longer(bytes.begin(), bytes.end());
  longer.insert(longer.end(), 16, 0xa5);
  const auto later = parse(base::ByteReader(longer, base::End::kOpen));
  if (later.index() != on_open.index()) __builtin_trap();  // Final: later bytes change nothing
}

}  // namespace unopened::tests
