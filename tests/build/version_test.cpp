// SPDX-License-Identifier: MIT
// The version stands in the project's meson.build only; headers, library, pkg-config, CMake, programs and user agent
// take it from there.
#include <lark/version.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_CASE(header_library_and_build_agree) {
    BOOST_TEST(LARK_VERSION_STRING == MESON_PROJECT_VERSION);
    BOOST_TEST(std::to_string(LARK_VERSION_MAJOR) + '.' + std::to_string(LARK_VERSION_MINOR) + '.' +
                   std::to_string(LARK_VERSION_PATCH) ==
               MESON_PROJECT_VERSION);
    BOOST_TEST(lark::version() == MESON_PROJECT_VERSION);
}
