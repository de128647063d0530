#include "audit/note/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "audit/note/base64.h"
#include "audit/note/checkpoint.h"
#include "audit/note/key.h"
#include "audit/note/utf8.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wire.h"

namespace unopened::audit::note {
namespace {

using ::testing::HasSubstr;

// RFC 8032 §7.1, TEST 1's secret key, under a name of our own.
Signer KnownSigner() {
  const auto seed =
      tests::FromHex("01 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  auto signer = Signer::Parse("PRIVATE+KEY+example.org/log+1c66b9ea+" + EncodeBase64(seed));
  EXPECT_TRUE(signer) << base::Describe(signer.error());
  return std::move(*signer);
}

const std::string kText = "example.org/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

TEST(Base64, EachValueHasOneSpelling) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : pairs) {  // RFC 4648 §10
    const std::vector<std::uint8_t> raw(bytes.begin(), bytes.end());
    EXPECT_EQ(EncodeBase64(raw), text);
    EXPECT_EQ(DecodeBase64(text), raw);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Zg==Zg==", "Zm9v\n", "Zm9 ",
                          "=Zg=", "Z===", "Zm-v"}) {
    EXPECT_FALSE(DecodeBase64(bad)) << bad;
  }
}

TEST(Utf8, IsWellFormedOrNot) {
  for (const char* good : {"", "a\nb", "\u2014 \u00e9", "\U0001F512", "\u7fff"}) {
    EXPECT_TRUE(IsUtf8WithoutControls(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\tb", "\r\n",
                          "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8WithoutControls(bad)) << bad;
  }
  EXPECT_TRUE(HasUnicodeSpace("a\u2009b"));
  EXPECT_TRUE(HasUnicodeSpace("a\u00a0"));
  EXPECT_FALSE(HasUnicodeSpace("a\u00e9"));
}

// RFC 8410 §7: PrivateKeyInfo of RFC 8032's TEST 1 secret key.
std::string KnownPem() {
  const auto der = tests::FromHex(
      "302e020100300506032b657004220420 "
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  return "-----BEGIN PRIVATE KEY-----\n" + EncodeBase64(der) + "\n-----END PRIVATE KEY-----\n";
}

TEST(Key, AKeyByUriSignsAsTheSameKeyByItsSeed) {
  const tests::TempFolder temp;
  const std::string path = temp.path() + "/key.pem";
  std::ofstream(path) << KnownPem();
  const std::string uri = "file:" + path;
  const auto signer = Signer::FromUri("example.org/log", uri);
  ASSERT_TRUE(signer) << base::Describe(signer.error());
  EXPECT_EQ(signer->verifier().Text(), KnownSigner().verifier().Text());
  EXPECT_EQ(SignNote(kText, *signer), SignNote(kText, KnownSigner()));
  // What is kept of it is where it lies, and leads there again.
  EXPECT_EQ(signer->PrivateText(), "URI example.org/log " + uri);
  const auto again = Signer::Parse(signer->PrivateText() + "\n");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->verifier().Text(), signer->verifier().Text());
}

TEST(Key, AUriThatLeadsToNoSigningKeyIsToldAtOnce) {
  const tests::TempFolder temp;
  std::ofstream(temp.path() + "/public.pem")
      << "-----BEGIN PUBLIC KEY-----\n"
         "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
         "-----END PUBLIC KEY-----\n";
  std::ofstream(temp.path() + "/noise.pem") << "no key";
  for (const auto& uri : std::vector<std::string>{
           "file:" + temp.path() + "/public.pem", "file:" + temp.path() + "/noise.pem",
           "file:" + temp.path() + "/none.pem", std::string("pkcs11:token=x"),
           std::string("what:ever"), std::string()}) {
    const auto signer = Signer::FromUri("example.org/log", uri);
    ASSERT_FALSE(signer) << uri;
    EXPECT_EQ(signer.error().failure, base::Failure::kUsage) << uri;
  }
  EXPECT_FALSE(Signer::Parse("URI example.org/log"));
  EXPECT_FALSE(Signer::Parse("URI  file:x"));
}

TEST(Key, TextFormsReadBackAndBentOnesDoNot) {
  const Signer signer = KnownSigner();
  const std::string vkey = signer.verifier().Text();
  EXPECT_EQ(vkey, "example.org/log+1c66b9ea+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
  const auto verifier = VerifierKey::Parse(vkey + "\n");
  ASSERT_TRUE(verifier);
  EXPECT_EQ(verifier->Text(), vkey);
  EXPECT_EQ(verifier->id(), 0x1c66b9eaU);
  EXPECT_EQ(Signer::Parse(signer.PrivateText())->verifier().Text(), vkey);
  for (std::size_t at = 0; at < vkey.size(); ++at) {
    std::string bent = vkey;
    bent[at] = static_cast<char>(bent[at] ^ 1);
    EXPECT_FALSE(VerifierKey::Parse(bent)) << bent;
    EXPECT_FALSE(VerifierKey::Parse(vkey.substr(0, at))) << at;
  }
  EXPECT_FALSE(Signer::Generate("two words"));
  EXPECT_FALSE(Signer::Generate("a+b"));
  EXPECT_FALSE(Signer::Generate(""));
  const auto drawn = Signer::Generate("example.org/drawn");
  ASSERT_TRUE(drawn);
  EXPECT_NE(drawn->verifier().Text(), Signer::Generate("example.org/drawn")->verifier().Text());
}

TEST(Note, ASignedNoteOpensWithItsKeyAlone) {
  const Signer signer = KnownSigner();
  const std::string signed_note = SignNote(kText, signer);
  EXPECT_EQ(signed_note, SignNote(kText, signer)) << "Ed25519 is deterministic";
  const auto opened = OpenNote(signed_note, signer.verifier());
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, kText);
  const auto other = Signer::Generate("example.org/log");
  ASSERT_TRUE(other);
  const auto refused = OpenNote(signed_note, other->verifier());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("another key"));
  // Signed by both: each key opens it, whoever else signed.
  const std::string second = SignNote(kText, *other);
  const std::string both = signed_note + second.substr(second.rfind("\n\n") + 2);
  EXPECT_TRUE(OpenNote(both, signer.verifier()));
  EXPECT_TRUE(OpenNote(both, other->verifier()));
}

TEST(Note, NoChangedByteGoesUnnoticed) {
  const Signer signer = KnownSigner();
  const std::string note = SignNote(kText, signer);
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (const int bit : {0x01, 0x20, 0x80}) {
      std::string bent = note;
      bent[at] = static_cast<char>(bent[at] ^ bit);
      EXPECT_FALSE(OpenNote(bent, signer.verifier())) << at;
    }
    EXPECT_FALSE(OpenNote(note.substr(0, at), signer.verifier())) << at;
  }
}

TEST(Note, WhatIsNoNoteIsNone) {
  const std::string line = SignNote(kText, KnownSigner()).substr(kText.size() + 1);
  const std::string note = kText + "\n" + line;
  ASSERT_TRUE(ParseNote(note));
  EXPECT_EQ(ParseNote("a\n\nb\n\n" + line)->text, "a\n\nb\n") << "the last empty line divides";
  std::string at_the_bound = kText + "\n";
  for (std::size_t i = 0; i < kMaxNoteSignatures; ++i) at_the_bound += line;
  EXPECT_TRUE(ParseNote(at_the_bound));
  for (const std::string& bad :
       {std::string(), kText, kText + "\n", kText + line, note + "\n", note + "x\n",
        at_the_bound + line, kText + "\n- example.org/log AAAAAAA=\n",
        kText + "\n\u2014 example.org/log AAAAAA==\n", kText + "\n\u2014 example.org/log\n",
        kText + "\n\u2014 a+b AAAAAAAA\n", std::string(kMaxNoteBytes, 'a') + "\n\n" + line}) {
    EXPECT_FALSE(ParseNote(bad)) << bad.substr(0, 100);
  }
}

TEST(Checkpoint, ReadsBackAndBentOnesDoNot) {
  Checkpoint checkpoint{"example.org/log", 20'852'163, {}};
  checkpoint.root[0] = 7;
  const std::string text = CheckpointText(checkpoint);
  EXPECT_EQ(ParseCheckpoint(text), checkpoint);
  EXPECT_EQ(ParseCheckpoint(text + "extension\n"), checkpoint);
  const std::string root = EncodeBase64(checkpoint.root);
  for (const std::string& bad :
       {std::string(), std::string("example.org/log\n"), "\n1\n" + root + "\n",
        "a\n01\n" + root + "\n", "a\n-1\n" + root + "\n", "a\n+1\n" + root + "\n",
        "a\n\n" + root + "\n", "a\n1 \n" + root + "\n", "a\n18446744073709551616\n" + root + "\n",
        "a\n1\n" + root, std::string("a\n1\nAAAA\n"), text + "\n", text + "extension"}) {
    EXPECT_FALSE(ParseCheckpoint(bad)) << bad;
  }
  EXPECT_EQ(ParseCheckpoint("a\n18446744073709551615\n" + root + "\n")->size, ~std::uint64_t{0});
}

}  // namespace
}  // namespace unopened::audit::note
