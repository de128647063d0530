#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "config/config.h"
#include "tests/config/config_folder.h"

namespace unopened::config {
namespace {

class FindFolder : public testing::Test {
 protected:
  FindFolder() { unsetenv("UNOPENED_CONFIG"); }
  ~FindFolder() override { unsetenv("UNOPENED_CONFIG"); }
};

TEST_F(FindFolder, TakesTheNamedOneFirst) {
  const ConfigFolder named;
  const ConfigFolder from_environment;
  setenv("UNOPENED_CONFIG", from_environment.path().c_str(), 1);
  EXPECT_EQ(named.path(), FindConfigFolder(named.path()).value());
  EXPECT_EQ(from_environment.path(), FindConfigFolder("").value());
}

TEST_F(FindFolder, ANamedFolderWithoutAConfigurationIsAnErrorAndNoReasonToTakeAnother) {
  const auto named = FindConfigFolder("/nonexistent");
  ASSERT_FALSE(named);
  EXPECT_EQ(base::Failure::kUsage, named.error().failure);
  EXPECT_EQ("/nonexistent", named.error().where);
  setenv("UNOPENED_CONFIG", "/nonexistent2", 1);
  const auto from_environment = FindConfigFolder("");
  ASSERT_FALSE(from_environment);
  EXPECT_EQ("/nonexistent2", from_environment.error().where);
}

TEST_F(FindFolder, WithoutAnyNameFindsAnInstalledOneOrTheSourceTrees) {
  const auto found = FindConfigFolder("");
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, testing::AnyOf("/etc/unopened", testing::EndsWith("etc/unopened"),
                                     std::string(UNOPENED_SOURCE_DIR) + "/config"));
}

}  // namespace
}  // namespace unopened::config
