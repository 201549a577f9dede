// SPDX-License-Identifier: MIT
#pragma once

#include "fault_cases.hpp"

#include <lark/poco/http_options.hpp>
#include <lark/registration/options.hpp>

#include <atomic>
#include <optional>
#include <string>

namespace lark::test {

/// An honest accounts service over TLS, whose user decides after a given number of polls.
struct fault_accounts {
    std::atomic<int> polls = 0;
    std::atomic<int> pending = 0;  ///< so many polls answer pending before the credentials come
    std::string link = answer_honestly("action=begin").body;
    std::string headers_of_pending;
    fault_certificates certificates;
    std::optional<scripted_server> server{std::in_place, [this](peer& client) { lead(client); }};

    void lead(peer& client) {
        if (!client.start_tls(certificates.good)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request())
            if (!client.write(answer(request))) return;
    }

    std::string answer(const std::string& request) {
        if (request.find("=begin") != std::string::npos) return reply_text(link);
        if (request.find("=poll") == std::string::npos) return answer_honestly(request).text();
        ++polls;
        if (pending-- > 0)
            return reply_text(R"({"error":"authorization_pending"})", "400 Bad Request", headers_of_pending);
        return answer_honestly(request).text();
    }

    [[nodiscard]] registration::options options() const {
        registration::options result;
        result.domain = result.lark_domain = server->url("https", "127.0.0.1", "");
        return result;
    }
    [[nodiscard]] poco::http_options http() const {
        poco::http_options result;
        result.ca_file = certificates.ca_file.path();
        result.proxy = "";
        return result;
    }
};

}  // namespace lark::test
