// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>
#include <lark/poco/http_options.hpp>
#include <lark/registration/options.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

/// The transports that the table of faults is run over.
namespace lark::test {

/// A registration as its caller saw it.
struct run_record {
    std::string end;                             ///< "app", or the code
    std::vector<std::string> texts;              ///< every text that the caller could put into a log
    duration waited{};                           ///< between requests, in time that was jumped over
    std::chrono::steady_clock::duration took{};  ///< in real time
};

struct tested_transport {
    std::string name;
    /// One request to that server. Over a transport that performs registrations only it is their first one, and its end
    /// is reported to their handlers.
    std::function<http_result(const poco::http_options&, const std::string& url, std::chrono::milliseconds timeout)>
        exchange;
    /// Whole registrations, several at once; as many records, in their order.
    std::function<std::vector<run_record>(const poco::http_options&, const std::vector<registration::options>&)> run;
    /// Waits take real time, since its clock cannot be replaced.
    bool waits_for_real = false;
};

/// Each line is a transport that has to stand the whole table.
[[nodiscard]] std::vector<tested_transport> tested_transports();

}  // namespace lark::test
