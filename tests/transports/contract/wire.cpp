// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include <utility>

namespace lark::contract {

void wire::serve(std::function<void(test::peer&)> script) { server_.emplace(std::move(script)); }

registration::app wire::register_app(registration::handlers handlers, registration::options options,
                                     std::stop_token stop) {
    options.domain = server_->url(tls_ ? "https" : "http", "127.0.0.1", "");
    options.lark_domain = options.domain;
    return transport_(std::move(handlers), std::move(options), {tls_ ? ca_file_.path() : ""}, std::move(stop));
}

bool is_poll(const std::string& request) { return request.find("action=poll") != std::string::npos; }

std::string honest_reply(const std::string& request, std::string_view headers) {
    const auto reply = [&](std::string_view body) { return test::reply_text(body, "200 OK", headers); };
    if (request.find("action=init") != std::string::npos)
        return reply(R"({"supported_auth_methods":["client_secret"],"nonce":"marked-nonce"})");
    if (is_poll(request)) return reply(R"({"client_id":"cli_1","client_secret":"marked-secret"})");
    return reply(
        R"({"device_code":"marked-device","user_code":"marked-user","interval":1,"expires_in":600,)"
        R"("verification_uri":"https://open.test/v","verification_uri_complete":"https://open.test/v?c=marked-link"})");
}

std::string pending_reply() { return test::reply_text(R"({"error":"authorization_pending"})", "400 Bad Request"); }

void answer_honestly(test::peer& client) {
    for (auto request = client.read_request(); !request.empty(); request = client.read_request())
        if (!client.write(honest_reply(request))) return;
}

}  // namespace lark::contract
