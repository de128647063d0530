# How every target of the house is built. Flags stand on targets through unopened_build, nothing is global.

add_library(unopened_build INTERFACE)
target_compile_features(unopened_build INTERFACE cxx_std_20)
target_include_directories(unopened_build INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(unopened_build INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough -fstack-protector-strong -fno-omit-frame-pointer)
# GCC 12 reports std::string's own operators as overlapping copies (its bug 105651); clang-tidy, which reads GCC's
# command lines, does not know that warning.
target_compile_options(unopened_build INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-unknown-warning-option>)
# Every symbol is bound at start: the lazy resolver saves vector registers, which may hold a packet's bytes, on the stack.
target_link_options(unopened_build INTERFACE -Wl,-z,relro -Wl,-z,now)
target_link_libraries(unopened_build INTERFACE Threads::Threads)

# unopened_library(FOLDER [LINK targets...])
#   A static library unopened_FOLDER (alias unopened::FOLDER) of every .cc under the folder. Sources are globbed, so
#   that a file in a folder is in the build: one that no build compiles is a story. Headers are a FILE_SET that
#   all_verify_interface_header_sets compiles one by one.
function(unopened_library folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  string(REPLACE "/" "_" name "${folder}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.h")
  if(sources)
    add_library(unopened_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(unopened_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(unopened::${name} ALIAS unopened_${name})
  if(headers)
    target_sources(unopened_${name} ${scope} FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
  endif()
  set_target_properties(unopened_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(unopened_${name} ${scope} unopened_build ${ARG_LINK})
endfunction()

# unopened_test(FOLDER [LINK targets...]): one GoogleTest binary FOLDER_test of every *_test.cc under tests/FOLDER.
function(unopened_test folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  string(REPLACE "/" "_" name "${folder}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${folder}/*_test.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_compile_definitions(${name}_test PRIVATE UNOPENED_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name}_test PRIVATE unopened_build unopened::tests_support GTest::gmock GTest::gtest_main ${ARG_LINK})
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
