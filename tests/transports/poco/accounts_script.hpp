// SPDX-License-Identifier: MIT
#pragma once

#include "client_fixture.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace lark::test {

/// The accounts service at its shortest: answers by the `action` of the form. Each begin has a code of its own, which
/// its credentials tell again.
struct accounts_script {
    const identity* tls = nullptr;
    int interval = 1;
    int lifetime = 60;
    std::atomic<int> pending{0};  ///< so many polls in all answer pending before the credentials come
    std::atomic<int> polls{0};
    std::atomic<int> begins{0};
    std::chrono::milliseconds delay{0};  ///< of each reply
    std::string poll_end{};              ///< instead of credentials

    /// From now on no poll follows another within the time that a test may take.
    void wait_for_ever() {
        pending = 100'000;
        interval = 300;
        lifetime = 3600;
    }

    void operator()(peer& client) {
        if (tls != nullptr && !client.start_tls(*tls)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
            if (delay > 0ms && !client.pause(delay)) return;
            if (!client.write(answer(request, client.server()))) return;
        }
    }

    std::string answer(const std::string& request, scripted_server& server) {
        if (has(request, "action=init")) return reply_text(R"({"supported_auth_methods":["client_secret"]})");
        if (has(request, "action=begin"))
            return reply_text(R"({"device_code":"marked-device-)" + std::to_string(++begins) +
                              R"(","user_code":"marked-user","expires_in":)" + std::to_string(lifetime) +
                              R"(,"interval":)" + std::to_string(interval) +
                              R"(,"verification_uri":"https://open.test/v",)"
                              R"("verification_uri_complete":"https://open.test/v?c=marked-link"})");
        ++polls;
        server.reached();
        if (pending-- > 0) return reply_text(R"({"error":"authorization_pending"})", "400 Bad Request");
        if (!poll_end.empty()) return reply_text(poll_end);
        const auto code = request.substr(request.find("marked-device-") + 14);
        return reply_text(
            R"({"client_id":"cli_)" + code.substr(0, code.find_first_not_of("0123456789")) +
            R"(","client_secret":"marked-secret","user_info":{"open_id":"ou_1","tenant_brand":"feishu"}})");
    }
};

inline registration::options at(const scripted_server& server, const std::string& scheme = "https") {
    registration::options result;
    result.domain = server.url(scheme, "127.0.0.1", "");
    result.lark_domain = server.url(scheme, "localhost", "");
    return result;
}

}  // namespace lark::test
