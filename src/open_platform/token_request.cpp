// SPDX-License-Identifier: MIT
#include "open_platform/token_request.hpp"

#include "base/json_text.hpp"
#include "base/option_errors.hpp"
#include "open_platform/options.hpp"

#include <string_view>
#include <utility>

namespace lark::open_platform::detail {
namespace {

constexpr std::string_view token_path = "/open-apis/auth/v3/tenant_access_token/internal";
constexpr std::string_view assertion_path = "/oauth/v3/token";

void check(const std::string& app_id, const secret* app_secret) {
    base::option_errors wrong;
    if (const auto fault = base::check_text(app_id, base::text_rule::one_line)) wrong.add("app_id", *fault);
    if (app_secret != nullptr)
        if (const auto fault = base::check_text(app_secret->reveal(), base::text_rule::one_line))
            wrong.add("app_secret", *fault);
    wrong.throw_if_any();
}

/// A JSON object in one buffer, so that no freed memory holds a secret. `first` and `second` are what stands before the
/// texts.
secret object_of(std::string_view first, std::string_view text, std::string_view second, const secret& hidden) {
    std::string body;
    body.reserve(first.size() + base::most_quoted(text) + second.size() + base::most_quoted(hidden.reveal()) + 1);
    body += first;
    base::append_quoted(body, text);
    body += second;
    base::append_quoted(body, hidden.reveal());
    body += '}';
    return secret{std::move(body)};
}

secret quoted(const secret& credential) {
    std::string text;
    text.reserve(base::most_quoted(credential.reveal()));
    base::append_quoted(text, credential.reveal());
    text.pop_back();
    text.erase(0, 1);
    return secret{std::move(text)};
}

}  // namespace

token_request::token_request(const std::string& app, secret app_secret, const client_options& options) {
    const bool has_secret = !options.credentials_provider;
    check(app, has_secret ? &app_secret : nullptr);
    url = checked_base_url(options).append(token_path);
    if (has_secret) {
        body = object_of("{\"app_id\":", app, ",\"app_secret\":", app_secret);
        quoted_credential = quoted(app_secret);
        credential = std::move(app_secret);
    } else {
        const auto accounts = accounts_url_of(options);
        url = accounts + std::string{assertion_path};
        app_id = app;
        audience = audience_of(accounts);
    }
}

void token_request::sign(secret assertion) {
    auto signed_body = object_of(
        "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\",\"client_assertion_type\":"
        "\"urn:ietf:params:oauth:client-assertion-type:jwt-bearer\",\"client_id\":",
        app_id, ",\"client_assertion\":", assertion);
    quoted_credential = quoted(assertion);
    body = std::move(signed_body);
    credential = std::move(assertion);
}

void token_request::drop_assertion() noexcept {
    if (!needs_assertion()) return;
    body = secret{};
    credential = secret{};
    quoted_credential = secret{};
}

}  // namespace lark::open_platform::detail
