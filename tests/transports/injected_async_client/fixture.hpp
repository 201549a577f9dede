// SPDX-License-Identifier: MIT
#pragma once

#include "../injected_flow_set/scripted_loop.hpp"

#include <lark/injected/async_client.hpp>
#include <lark/json.hpp>

#include <memory>
#include <string>
#include <variant>
#include <vector>

/// Shared by the tests of async_client: a client over a loop with answers from the test, and a record of its callbacks.
namespace lark::test {

using namespace open_platform;
using injected::async_client;
using injected::call_id;

inline const std::string secret_text = "s3cr3t\"of-the-app";
inline const std::string bot_path = "/open-apis/bot/v3/info";

inline http_response token_reply(const std::string& token = "t-1", int expire = 7200) {
    return reply(200, R"({"code":0,"msg":"ok","tenant_access_token":")" + token + R"(","expire":)" +
                          std::to_string(expire) + "}");
}
inline http_response data_reply(const std::string& data = "{}") {
    return reply(200, R"({"code":0,"msg":"success","data":)" + data + "}");
}
inline http_response bad_token_reply() { return reply(400, R"({"code":99991663,"msg":"bad token"})"); }
inline const transport_failure cut{transport_failure_kind::cut, "cut"};

inline bool fetches_token(const http_request& request) {
    return request.url.ends_with("/open-apis/auth/v3/tenant_access_token/internal");
}
inline std::string authorization(const http_request& request) {
    return std::string{find_header(request.headers, "Authorization").value_or("none")};
}

/// `ok`, or the failure in a word: `aborted`, `no_reply network_error`, `refused 7`.
inline std::string word_of(const api_failure& why) {
    constexpr const char* kinds[] = {"refused", "rate_limited", "no_reply", "bad_reply", "aborted"};
    std::string out = kinds[static_cast<std::size_t>(why.kind)];
    if (why.code != 0) out += ' ' + std::to_string(why.code);
    if (why.kind != api_failure_kind::aborted && !why.error.empty()) out += ' ' + why.error;
    return out;
}

struct async_world {
    explicit async_world(client_options options = {}) { make(std::move(options)); }

    /// In place of the former one, if any.
    void make(client_options options = {}) {
        client.reset();
        loop.log.clear();
        client = std::make_unique<async_client>(loop, "cli_1", secret{secret_text}, std::move(options));
    }

    /// The callback of a call of that name.
    auto note(const std::string& name) {
        return [this, name](const auto& result) {
            const auto* why = std::get_if<api_failure>(&result);
            words.push_back(name + ": " + (why != nullptr ? word_of(*why) : "ok"));
            if (why != nullptr) failures.push_back(*why);
        };
    }
    call_id get(const std::string& name) { return client->request({.path = "/get/" + name}, note(name)); }
    call_id post(const std::string& name) {
        return client->request({.method = "POST", .path = "/post/" + name, .body = "{}"}, note(name));
    }

    /// The callbacks since the last call of this function.
    std::string take_calls() {
        std::string all;
        for (const auto& w : words) all += (all.empty() ? "" : ", ") + w;
        words.clear();
        return all;
    }

    /// The time that it is now passes: what is due starts.
    void turn() { loop.run_until(loop.clock); }

    /// The request that is out to a URL that ends so.
    injected::request_handle out_to(const std::string& end) {
        for (const auto& [id, request] : loop.out)
            if (request.url.ends_with(end)) return id;
        BOOST_FAIL("no request is out to …" + end);
        return {};
    }
    bool answer(const std::string& end, http_result result) { return loop.answer(out_to(end), std::move(result)); }
    bool answer_token(http_result result = token_reply()) { return answer("/internal", std::move(result)); }

    /// Brings the client to a token that it keeps.
    void fetch_token(http_result result = token_reply()) {
        client->tenant_access_token([](const auto&) {});
        turn();
        answer_token(std::move(result));
        BOOST_TEST_REQUIRE(client->empty());
    }
    [[nodiscard]] std::size_t token_requests() const {
        return static_cast<std::size_t>(
            std::count_if(loop.log.begin(), loop.log.end(), [](const auto& s) { return fetches_token(s.request); }));
    }

    scripted_loop loop;
    std::vector<std::string> words;
    std::vector<api_failure> failures;
    std::unique_ptr<async_client> client;
};

}  // namespace lark::test
