// SPDX-License-Identifier: MIT
#include "json_view.hpp"

#include "../common/notation.hpp"
#include "../common/output.hpp"
#include "../common/trace_line.hpp"

#include <lark/text.hpp>

#include <Poco/JSONString.h>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace lark_register {

namespace {

using lark::registration::status;

std::string to_json(std::initializer_list<std::pair<std::string_view, std::string>> members) {
    std::string json = "{";
    for (const auto& [name, value] : members) {
        if (value.empty()) continue;  // left out
        if (json.size() > 1) json += ',';
        json += '"';
        json += name;
        json += "\":";
        json += value;
    }
    return json + '}';
}

std::string json_array(const std::vector<std::string>& items) {
    std::string json = "[";
    for (const auto& item : items) {
        if (json.size() > 1) json += ',';
        json += to_json_string(item);
    }
    return json + ']';
}

std::string or_left_out(const std::optional<std::string>& text) { return text ? to_json_string(*text) : std::string{}; }

/// `event` is its name.
void print(std::string_view event, std::initializer_list<std::pair<std::string_view, std::string>> members) {
    const auto now = lark::tools::utc_text(std::chrono::system_clock::now());
    const auto rest = to_json(members).substr(1);
    lark::tools::print(STDOUT_FILENO, R"({"event":")" + std::string(event) + R"(","time":")" + now + '"' +
                                          (rest == "}" ? "" : ",") + rest + '\n');
}

std::string_view type_name(const lark::register_app_error& error) noexcept {
    switch (error.failure().kind) {
    case lark::registration::failure_kind::access_denied: return "app_access_denied_error";
    case lark::registration::failure_kind::expired: return "app_expired_error";
    case lark::registration::failure_kind::other: return "register_app_error";
    }
    return {};
}

void print_error(std::string_view type, std::string_view code, std::string_view description) {
    print(
        "error",
        {{"type", to_json_string(type)}, {"code", to_json_string(code)}, {"description", to_json_string(description)}});
}

/// See `make_json_view`.
class json_view final : public view {
public:
    explicit json_view(const texts& words) : texts_(words) {}

    void ready() override { print("ready", {}); }

    void qr_code(const lark::registration::qr_code& qr) override {
        print("qr_code", {{"url", to_json_string(qr.url)},
                          {"expire_in", std::to_string(qr.expire_in.count())},
                          {"user_code", to_json_string(qr.user_code)},
                          {"verification_uri", to_json_string(qr.verification_uri)}});
    }

    void note(std::string_view /*text*/) override {}

    void warning(std::string_view text) override {
        lark::tools::try_to_print(STDERR_FILENO, "lark-register: " + lark::printable(text) + "\n");
    }

    void status(const lark::registration::status_change& change) override {
        const bool has_interval = change.status == status::slow_down || change.status == status::retrying;
        print("status",
              {{"status", to_json_string(to_string(change.status))},
               {"interval", has_interval ? std::to_string(change.interval.count()) : std::string{}},
               {"reason", change.status == status::retrying ? to_json_string(change.reason) : std::string{}}});
    }

    void exchange(const lark::registration::trace_event& event) override {
        lark::tools::print(STDERR_FILENO,
                           lark::tools::trace_line(event, texts_.trace, lark::registration::trace_side::client) + "\n");
    }

    void result(const lark::registration::app& app) override {
        const auto user = app.user_info ? to_json({{"open_id", or_left_out(app.user_info->open_id)},
                                                   {"tenant_brand", or_left_out(app.user_info->tenant_brand)}})
                                        : std::string{};
        print("result", {{"client_id", to_json_string(app.client_id)},
                         {"client_secret", to_json_string(app.client_secret.reveal())},
                         {"user_info", user}});
    }

    void saved(std::string_view file) override { print("saved", {{"file", to_json_string(file)}}); }

    void checked(const lark::open_platform::bot_info& info, std::string_view console) override {
        print("check", {{"app_name", to_json_string(info.app_name)},
                        {"activate_status", std::to_string(static_cast<int>(info.activate_status))},
                        {"status", to_json_string(to_string(info.activate_status))},
                        {"enabled", info.enabled() ? "true" : "false"},
                        {"open_id", to_json_string(info.open_id)},
                        {"console", to_json_string(console)}});
    }

    void scopes(const lark::registration::addon_groups& missing, std::string_view console) override {
        print("scopes",
              {{"missing", to_json({{"tenant", json_array(missing.tenant)}, {"user", json_array(missing.user)}})},
               {"console", to_json_string(console)}});
    }

    void scopes_unknown(const lark::api_error& error, std::string_view console) override {
        print("scopes", {{"reason", to_json_string(describe(error.failure()))}, {"console", to_json_string(console)}});
    }

    void check_failed(const std::exception& error) override {
        const auto* refused = dynamic_cast<const lark::api_error*>(&error);
        if (!refused) return print_error("error", "error", error.what());
        const auto& why = refused->failure();
        print_error("api_error", why.code != 0 ? std::to_string(why.code) : why.error, error.what());
    }

    void pending(const lark::registration::public_view& seen, std::string_view file) override {
        const auto seconds = [](std::chrono::system_clock::time_point t) {
            return std::to_string(std::chrono::ceil<std::chrono::seconds>(t.time_since_epoch()).count());
        };
        print("pending", {{"state", to_json_string(to_string(seen.state))},
                          {"at_lark", seen.at_lark ? "true" : "false"},
                          {"expires_at", seconds(seen.expires_at)},
                          {"next_poll_at", seen.next_poll_at ? seconds(*seen.next_poll_at) : std::string{}},
                          {"interval", std::to_string(seen.interval.count())},
                          {"polls", std::to_string(seen.polls)},
                          {"last_error", seen.last_error.empty() ? std::string{} : to_json_string(seen.last_error)},
                          {"file", to_json_string(file)}});
    }

    void failure(const lark::register_app_error& error) override {
        const auto& last = error.failure().last_exchange;
        const auto or_none = [](std::int64_t number) { return number == 0 ? std::string{} : std::to_string(number); };
        print("error",
              {{"type", to_json_string(type_name(error))},
               {"code", to_json_string(error.code())},
               {"description", to_json_string(error.description())},
               {"polls", std::to_string(error.failure().polls)},
               {"host", last.host.empty() ? std::string{} : to_json_string(last.host.text())},
               {"http_status", or_none(last.http_status)},
               {"service_code", or_none(last.code)},
               {"request_id", last.request_id.empty() ? std::string{} : to_json_string(last.request_id.text())}});
    }

    void error(std::string_view type, std::string_view description) override { print_error(type, type, description); }

private:
    const texts& texts_;  // of what stands on standard error
};

}  // namespace

std::string to_json_string(std::string_view text) {
    auto json = Poco::toJSON(std::string(text), Poco::JSON_WRAP_STRINGS | Poco::JSON_ESCAPE_UNICODE);
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] != '\\') continue;
        if (json[i + 1] == '/') json.erase(i, 1);  // allowed in JSON, but grep would not find a link
        else ++i;
    }
    return json;
}

std::unique_ptr<view> make_json_view(const texts& words) { return std::make_unique<json_view>(words); }

}  // namespace lark_register
