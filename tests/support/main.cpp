// SPDX-License-Identifier: MIT
#define BOOST_TEST_MODULE lark_registration
#include <boost/test/unit_test.hpp>
