// SPDX-License-Identifier: MIT
// The exploration to any depth, for `./dev explore [DEPTH]`.
#include "registration/exploration/explore.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>

int main(int argc, char** argv) {
    using namespace lark::registration;
    unsigned depth = 5;
    if (argc > 2 || (argc == 2 && std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), depth).ec != std::errc{})) {
        std::fprintf(stderr, "usage: explore [DEPTH]\n");
        return 2;
    }
    try {
        for (const auto from : {testing::start::nothing_sent, testing::start::link_shown}) {
            std::printf(from == testing::start::link_shown ? "From the link on:\n" : "From the start:\n");
            const auto result = testing::explore({}, from, depth, [](unsigned level, const testing::explored& so_far) {
                std::printf(
                    "depth %u: %zu states (%zu of them ended, %zu carried on from a snapshot), %zu transitions\n",
                    level, so_far.states, so_far.ended, so_far.carried_on, so_far.transitions);
                std::fflush(stdout);
            });
            std::printf("%s\n", result.complete ? "complete: nothing new is left to try" : "every rule held");
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
