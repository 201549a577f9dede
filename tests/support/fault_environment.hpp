// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string>

/// The variables of the environment that the transports read.
namespace lark::test {

/// A variable for the time of a scope.
class with_variable {
public:
    with_variable(const char* name, const std::string& value) : name_{name} { ::setenv(name, value.c_str(), 1); }
    ~with_variable() { ::unsetenv(name_); }
    with_variable(const with_variable&) = delete;
    with_variable& operator=(const with_variable&) = delete;

private:
    const char* name_;
};

/// Unsets every variable that a client would read, so that the environment of a test run does not matter.
struct clean_environment {
    clean_environment() {
        for (const char* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
                                 "SSL_CERT_FILE", "SSL_CERT_DIR"})
            ::unsetenv(name);
    }
};

}  // namespace lark::test
