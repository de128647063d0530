// A small valid configuration in a temporary folder, for tests to bend. Removed at destruction.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace unopened::config {

class ConfigFolder {
 public:
  ConfigFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "unopened-config-XXXXXX");
    if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = pattern;
    for (const auto& [name, text] : Valid()) Write(name, text);
  }
  ~ConfigFolder() { std::filesystem::remove_all(path_); }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;

  std::string path() const { return path_.string(); }

  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    texts_[name] = text;
  }
  void Remove(const std::string& name) { std::filesystem::remove(path_ / name); }

  // Adds a case of practice, which the folder does not need.
  void WritePractice() {
    Write("practice.toml",
          "[[practice]]\nservice = \"alpha\"\ninstrument = \"order\"\ncategory = \"contacts\"\n"
          "outcome = \"produced\"\nsources = [\"page\"]\nverified = \"yes\"\n");
  }

  // Replaces the first `from` by `to`; returns the line where the replacement begins.
  std::uint32_t Bend(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = texts_.at(name);
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
      ADD_FAILURE() << name << " has no " << from;
      return 0;
    }
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
    Write(name, text.replace(at, from.size(), to));
    return static_cast<std::uint32_t>(line);
  }

 private:
  static std::map<std::string, std::string> Valid() {
    return {
        {"gateway.toml", "workers = 2\n[tap]\nname = \"edge\"\n"},
        {"sources.toml",
         "[page]\ntitle = \"A page\"\nurl = \"https://example.org/\"\ndate = \"2016-04\"\n"
         "kind = \"primary\"\n"
         "[copy]\ntitle = \"A copy\"\nread = \"2026-11-23\"\nkind = \"secondary\"\n"
         "[own]\ntitle = \"own\"\nread = \"2026-11-23\"\nkind = \"own_knowledge\"\n"},
        {"groups.toml",
         "[[endpoint]]\nid = \"shared\"\ntitle = \"Shared\"\nservices = [\"alpha\", \"beta\"]\n"
         "scopes = [\"alpha.messages\", \"beta.messages\"]\n"
         "[[endpoint.host]]\nsuffix = \"shared.example\"\nsources = [\"page\"]\n"
         "verified = \"yes\"\n"
         "[[front]]\nname = \"front.example\"\nsources = [\"own\"]\nverified = \"no\"\n"},
        {"services/alpha.toml", Service("alpha")},
        {"services/beta.toml", Service("beta")},
        {"instruments/order.toml",
         "id = \"order\"\ntitle = \"Order\"\njurisdiction = \"US\"\nsection = \"1 USC 1\"\n"
         "binds = \"providers\"\nin_force_from = \"1986-10-21\"\n"
         "[[reach]]\ncategory = \"contacts\"\nvalue = \"in_scope\"\nsources = [\"page\"]\n"
         "verified = \"yes\"\n"},
    };
  }

  static std::string Service(const std::string& id) {
    return "id = \"" + id +
           "\"\n"
           "title = \"Title\"\n"
           "provider = \"Provider\"\n"
           "jurisdiction = \"US\"\n"
           "as_of = \"2026-11-23\"\n"
           "[[scope]]\n"
           "id = \"messages\"\n"
           "title = \"messages\"\n"
           "[[scope.policy]]\n"
           "value = \"e2ee_optional\"\n"
           "until = \"2016-04-04\"\n"
           "sources = [\"page\"]\n"
           "verified = \"yes\"\n"
           "[[scope.policy]]\n"
           "value = \"e2ee_always\"\n"
           "from = \"2016-04-05\"\n"
           "sources = [\"page\"]\n"
           "verified = \"yes\"\n"
           "[[endpoint]]\n"
           "id = \"" +
           id +
           "\"\n"
           "title = \"Title\"\n"
           "scopes = [\"messages\"]\n"
           "[[endpoint.host]]\n"
           "suffix = \"" +
           id +
           ".example\"\n"
           "sources = [\"page\"]\n"
           "verified = \"yes\"\n"
           "[[capability]]\n"
           "category = \"contacts\"\n"
           "value = \"could\"\n"
           "sources = [\"page\"]\n"
           "verified = \"yes\"\n"
           "[[capability]]\n"
           "category = \"ip_logs\"\n"
           "value = \"conditional\"\n"
           "condition = \"if available\"\n"
           "sources = [\"copy\", \"page\"]\n"
           "verified = \"partly\"\n";
  }

  std::filesystem::path path_;
  std::map<std::string, std::string> texts_;
};

}  // namespace unopened::config
