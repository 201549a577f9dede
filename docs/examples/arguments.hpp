// SPDX-License-Identifier: MIT
#pragma once

#include <lark/registration/options.hpp>

#include <string>

/// Every example takes the same three arguments, so that it runs against the sandbox as well as against the real
/// service: `example [DOMAIN LARK_DOMAIN [CA_FILE]]`.
struct arguments {
    lark::registration::options options{.source = "example"};
    std::string ca_file;

    arguments(int argc, char** argv) {
        if (argc > 2) options.domain = argv[1], options.lark_domain = argv[2];
        if (argc > 3) ca_file = argv[3];
    }
};
