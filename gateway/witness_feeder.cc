#include "gateway/witness_feeder.h"

#include <httplib.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/note/note.h"

namespace unopened::gateway {
namespace {

using base::Fail;
using base::Failure;
using base::Result;

constexpr std::chrono::seconds kPostTime{5};
constexpr std::chrono::seconds kRetryAfter{10};

}  // namespace

WitnessFeeder::WitnessFeeder(const audit::witness::Policy& policy, std::string log_folder,
                             audit::witness::Post post, std::function<void(CosignaturesCame)> came)
    : policy_(policy),
      log_folder_(std::move(log_folder)),
      post_(std::move(post)),
      came_(std::move(came)) {
  for (const auto& witness : policy_.witnesses()) {
    if (!witness.url.empty()) submissions_.emplace_back(witness);
  }
  thread_ = std::thread([this] { Run(); });
}

WitnessFeeder::~WitnessFeeder() { (void)Finish(); }

void WitnessFeeder::Notify() {
  const std::scoped_lock lock(mutex_);
  due_ = true;
  wake_.notify_one();
}

void WitnessFeeder::Run() {
  bool again = false;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const auto woken = [this] { return due_ || ended_; };
      if (again) {
        wake_.wait_for(lock, kRetryAfter, woken);
      } else {
        wake_.wait(lock, woken);
      }
      if (ended_) return;
      due_ = false;
    }
    if (auto came = Round()) came_(std::move(*came));
    again = std::any_of(lines_.begin(), lines_.end(),
                        [](const std::string& line) { return line.empty(); });
  }
}

std::optional<CosignaturesCame> WitnessFeeder::Round() {
  const auto reader = audit::LogReader::Open(file_system_, log_folder_);
  if (!reader || reader->checkpoint().size == 0) return std::nullopt;
  if (reader->checkpoint().size != shown_size_) {
    shown_size_ = reader->checkpoint().size;
    lines_.assign(submissions_.size(), {});
  }
  WitnessHealth now = health();
  now.trouble.clear();
  bool any_new = false;
  for (std::size_t i = 0; i < submissions_.size(); ++i) {
    if (!lines_[i].empty()) continue;
    ++now.asked;
    auto line = submissions_[i].Ask(*reader, post_);
    if (line) {
      ++now.cosigned;
      any_new = true;
      lines_[i] = std::move(*line);
      continue;
    }
    now.trouble = base::Describe(line.error());
    now.another_history = now.another_history || line.error().failure == Failure::kLog;
  }
  CosignaturesCame came{clock_.Now(), shown_size_, reader->checkpoint().root, {}};
  std::string cosigned = reader->signed_note();
  for (const std::string& line : lines_) {
    if (line.empty()) continue;
    came.lines.push_back(line);
    if (cosigned.find(line) == std::string::npos) cosigned += line;
  }
  now.quorum = policy_.IsQuorum(policy_.CosignedBy(cosigned));
  {
    const std::scoped_lock lock(mutex_);
    health_ = now;
  }
  if (!any_new) return std::nullopt;
  return came;
}

std::optional<CosignaturesCame> WitnessFeeder::Finish() {
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return std::nullopt;
    ended_ = true;
    wake_.notify_one();
  }
  thread_.join();
  (void)Round();
  // Also what came before: the recorder may have ended with it in its queue.
  CosignaturesCame came{clock_.Now(), shown_size_, {}, {}};
  for (const std::string& line : lines_) {
    if (!line.empty()) came.lines.push_back(line);
  }
  if (came.lines.empty()) return std::nullopt;
  return came;
}

WitnessHealth WitnessFeeder::health() const {
  const std::scoped_lock lock(mutex_);
  return health_;
}

audit::witness::Post HttpPost() {
  return [](const std::string& url, const std::string& body) -> Result<audit::witness::Answer> {
    // "scheme://host:port" and the path behind it.
    const std::size_t scheme = url.find("://");
    const std::size_t path = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
    if (path == std::string::npos) return Fail(Failure::kUsage, "not a witness's URL", url);
    httplib::Client client(url.substr(0, path));
    client.set_connection_timeout(kPostTime);
    client.set_read_timeout(kPostTime);
    client.set_write_timeout(kPostTime);
    const auto response = client.Post(url.substr(path), body, "text/plain; charset=utf-8");
    if (!response && response.error() == httplib::Error::SSLServerVerification) {
      const std::int64_t reason = client.get_openssl_verify_result();
      return Fail(
          Failure::kGeneral, "a witness's certificate does not hold", url,
          reason == X509_V_OK ? "it is another host's" : X509_verify_cert_error_string(reason));
    }
    if (!response) {
      return Fail(Failure::kGeneral, "a witness does not answer", url,
                  httplib::to_string(response.error()));
    }
    if (response->body.size() > audit::note::kMaxNoteBytes) {
      return Fail(Failure::kGeneral, "a witness's answer is too long", url);
    }
    return audit::witness::Answer{response->status, response->body, ""};
  };
}

}  // namespace unopened::gateway
