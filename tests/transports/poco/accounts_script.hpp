#pragma once

#include "client_fixture.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace lark::test {

/// The accounts service at its shortest: answers by the `action` of the form.
struct accounts_script {
    const identity* tls = nullptr;
    std::atomic<int> pending{0};  ///< so many polls answer pending before the credentials come
    std::atomic<int> polls{0};
    std::string poll_end =
        R"({"client_id":"cli_1","client_secret":"marked-secret","user_info":{"open_id":"ou_1","tenant_brand":"feishu"}})";
    std::string poll_end_status = "200 OK";

    void operator()(peer& client) {
        if (tls != nullptr && !client.start_tls(*tls)) return;
        for (auto request = client.read_request(); !request.empty(); request = client.read_request())
            if (!client.write(answer(request, client.server()))) return;
    }

    std::string answer(const std::string& request, scripted_server& server) {
        if (has(request, "action=init")) return reply_text(R"({"supported_auth_methods":["client_secret"]})");
        if (has(request, "action=begin"))
            return reply_text(
                R"({"device_code":"marked-device","user_code":"marked-user","interval":1,"expires_in":60,)"
                R"("verification_uri":"https://open.test/v","verification_uri_complete":"https://open.test/v?c=marked-link"})");
        ++polls;
        server.reached();
        if (pending-- > 0) return reply_text(R"({"error":"authorization_pending"})", "400 Bad Request");
        return reply_text(poll_end, poll_end_status);
    }
};

inline registration::options at(const scripted_server& server, const std::string& scheme = "https") {
    registration::options result;
    result.domain = server.url(scheme, "127.0.0.1", "");
    result.lark_domain = server.url(scheme, "localhost", "");
    return result;
}

}  // namespace lark::test
