// SPDX-License-Identifier: MIT
// Every conversation, as it is written.
#include "registration/support/script.hpp"

#include <boost/test/unit_test.hpp>

using namespace lark::registration::testing;

BOOST_AUTO_TEST_CASE(every_conversation_runs_as_written) {
    for (const auto& s : all_scripts()) {
        try {
            player p{s.opts};
            play(p, s.is);
        } catch (const broken_rule& e) {
            BOOST_ERROR(s.name << ": " << e.what());
        }
    }
    BOOST_TEST(all_scripts().size() > 200u);
}
