// SPDX-License-Identifier: MIT
#include "os/environment.hpp"

#include <cstdlib>
#include <initializer_list>

namespace lark::poco::detail {
namespace {

std::optional<variable> first_of(std::initializer_list<const char*> names) {
    for (const char* name : names) {
#ifdef __GLIBC__
        const char* value = ::secure_getenv(name);
#else
        const char* value = std::getenv(name);
#endif
        if (value != nullptr && *value != '\0') return variable{name, value};
    }
    return std::nullopt;
}

}  // namespace

environment read_environment() {
    return {first_of({"https_proxy", "HTTPS_PROXY"}), first_of({"all_proxy", "ALL_PROXY"}),
            first_of({"no_proxy", "NO_PROXY"}), first_of({"SSL_CERT_FILE"}), first_of({"SSL_CERT_DIR"})};
}

}  // namespace lark::poco::detail
