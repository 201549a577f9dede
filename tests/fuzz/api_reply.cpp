// SPDX-License-Identifier: MIT
// Fuzzes the readers of the Open Platform's replies: an API error never passes for a result, a token is fit for a
// header, texts are capped and hold no secret, and `json` reads its own output.
#include "base/text.hpp"
#include "open_platform/reply.hpp"
#include "registration/support/watched_flow.hpp"

#include <lark/json.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace {

using namespace std::chrono_literals;
using lark::registration::testing::require;
namespace api = lark::open_platform::detail;

constexpr int statuses[] = {200, 204, 302, 400, 404, 429, 500, 503};
constexpr std::string_view hidden = "t-hidden-token";

void check_failure(const lark::open_platform::api_failure& why, int status) {
    require(why.http_status == status, "the status is reported");
    require(why.code != 0 || !why.error.empty(), "a failure has a code, the platform's or ours");
    require(why.message.size() <= lark::base::text_cap && why.request_id.size() <= lark::base::text_cap,
            "texts are capped");
    const auto text = describe(why);
    require(text.find(hidden) == std::string::npos, "no secret comes back");
    for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "fit to be printed");
}

void check_json(const std::string& text) {
    const auto value = lark::json::parse(text);
    if (!value) return;
    const auto once = value->text();
    const auto read = lark::json::parse(once);
    require(read.has_value(), "what was written can be read");
    // Once more, since `-0` and `2.0` come back as integers.
    const auto twice = read->text();
    const auto again = lark::json::parse(twice);
    require(again && again->text() == twice, "and means the same");
    require(read->size() == value->size() && read->kind() == value->kind(), "nothing is lost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string rest{reinterpret_cast<const char*>(data + 1), size - 1};
    const auto end = rest.find('\n');  // a header before it, the body behind
    lark::http_response response{
        statuses[data[0] % std::size(statuses)], {}, end == std::string::npos ? rest : rest.substr(end + 1)};
    if (end != std::string::npos)
        response.headers = {{"x-ogw-ratelimit-reset", rest.substr(0, end)}, {"X-Tt-Logid", rest.substr(0, end)}};
    const bool good_status = response.status >= 200 && response.status <= 299;

    check_json(response.body);
    const auto whole = lark::json::parse(response.body);
    const auto code = whole ? (*whole)["code"].as_integer() : std::nullopt;

    const auto reply = api::read_api_reply(response, {hidden});
    if (const auto* what = std::get_if<api::request_error>(&reply)) {
        check_failure(what->why, response.status);
        require(!(good_status && code == 0), "a result is no failure");
    } else {
        require(good_status && code == 0, "an error never passes for a result");
    }

    const auto token = api::read_token_reply(response, {hidden});
    if (const auto* what = std::get_if<api::request_error>(&token)) {
        check_failure(what->why, response.status);
    } else {
        const auto& read = std::get<api::token_reply>(token);
        require(good_status && code == 0, "both readers agree on the code");
        require(read.token.reveal() == (*whole)["tenant_access_token"].as_string().value_or(""), "and on the token");
        require(!read.token.empty() && read.lifetime >= 0s && read.lifetime <= 24h, "a token with a sane lifetime");
        for (const char c : read.token.reveal()) require(c > 0x20 && c < 0x7F, "fit for a header");
    }
    return 0;
}
