// Both ends of tlog-witness: what is posted to our witness, and what a stranger's witness answers
// to our log. Nothing that was not signed by the log is cosigned, and no answer is taken for a
// cosignature that is none. The disk is memory.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/reader.h"
#include "audit/recorder.h"
#include "audit/witness/submission.h"
#include "audit/witness/witness.h"
#include "tests/audit/sample_log.h"
#include "tests/support/faulty_file_system.h"

namespace {

using namespace unopened;
using audit::witness::Answer;

constexpr const char* kLog = "example.org/log";
constexpr const char* kWitness = "witness.example/w1";

void Require(bool holds) {
  if (!holds) std::abort();
}

audit::note::VerifierKey KeyOf(const audit::note::Signer& signer, audit::note::KeyType type) {
  return std::move(*audit::note::VerifierKey::Parse(signer.verifier().Text(), type));
}

// A log of three entries whose checkpoint is the same in every run.
audit::LogReader MakeLog(tests::FaultyFileSystem& disk, const base::Clock& clock) {
  audit::RecorderOptions options;
  options.folder = "log";
  options.origin = kLog;
  audit::Opened opened;
  auto recorder = audit::Recorder::Open(options, disk, clock, opened);
  Require(recorder.has_value());
  Require((*recorder)->Commit(std::vector<std::string>{R"({"a":1})", R"({"b":2})"}).has_value());
  auto reader = audit::LogReader::Open(disk, "log");
  Require(reader.has_value());
  return std::move(*reader);
}

// The answers of a witness that says anything: the input, split where a byte of 0xff stands.
class Stranger {
 public:
  explicit Stranger(std::string_view said) : said_(said) {}
  Answer operator()() {
    constexpr int kStatuses[] = {200, 409, 422, 404};
    const std::string_view part = said_.substr(0, said_.find('\xff'));
    said_.remove_prefix(std::min(said_.size(), part.size() + 1));
    Answer answer;
    answer.status = part.empty() ? 500 : kStatuses[static_cast<std::uint8_t>(part[0]) % 4];
    answer.body = part.empty() ? "" : part.substr(1);
    return answer;
  }

 private:
  std::string_view said_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const base::ManualClock clock(1'700'000'000 * base::kNsPerSecond);
  static tests::FaultyFileSystem disk;
  static const audit::LogReader log = MakeLog(disk, clock);

  static const auto witness = [] {
    std::vector<audit::note::VerifierKey> logs;
    logs.push_back(KeyOf(audit::tests::FixedSigner(kLog, 1), audit::note::KeyType::kNote));
    auto opened = audit::witness::Witness::Open("w", kWitness, std::move(logs), disk, clock);
    Require(opened.has_value());
    return std::move(*opened);
  }();
  const Answer answer = witness->AddCheckpoint(bytes);
  Require(answer.body.ends_with('\n'));
  Require(answer.status == 200 || answer.status == 400 || answer.status == 403 ||
          answer.status == 404 || answer.status == 409 || answer.status == 422);

  audit::witness::TrustedWitness trusted{
      kWitness,
      KeyOf(audit::tests::FixedSigner(kWitness, 9, audit::note::KeyType::kCosignature),
            audit::note::KeyType::kCosignature),
      "https://witness.example"};
  audit::witness::Submission submission(trusted);
  Stranger stranger(bytes);
  const auto line = submission.Ask(
      log,
      [&](const std::string&, const std::string&) -> base::Result<Answer> { return stranger(); });
  // This log's key is drawn anew in every run, so that no input can hold a cosignature of it.
  Require(!line.has_value());
  return 0;
}
