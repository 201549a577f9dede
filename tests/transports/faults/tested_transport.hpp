#pragma once

#include <lark/http.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/registration/options.hpp>
#include <lark/time.hpp>

#include <functional>
#include <string>
#include <vector>

/// What the table of faults is run over.
namespace lark::test {

/// A registration as its caller saw it.
struct story {
    std::string end;                 ///< "app", or the code
    std::vector<std::string> texts;  ///< every text that the caller could put into a log
    duration waited{};               ///< between requests
};

struct tested_transport {
    std::string name;
    std::function<http_result(const poco::http_options&, const http_request&)> exchange;
    /// A whole registration. Its waits take no time where the transport lets its clock be replaced.
    std::function<story(const poco::http_options&, const registration::options&)> run;
};

/// Each line is a transport that has to stand the whole table.
[[nodiscard]] std::vector<tested_transport> tested_transports();

}  // namespace lark::test
