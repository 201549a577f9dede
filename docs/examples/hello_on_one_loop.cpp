// SPDX-License-Identifier: MIT
// From a scan to the first message on one thread: a registration and the calls after it share one event loop.
#include "arguments.hpp"

#include <lark/injected.hpp>
#include <lark/poco/event_loop.hpp>
#include <lark/text.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <variant>

namespace {

using lark::injected::async_client;
using lark::injected::shared_loop;
using lark::open_platform::api_failure;

/// The sandbox answers for the accounts host and the open host of a brand on one port. Without arguments the client
/// finds the open host by itself.
lark::open_platform::client_options client_options(const arguments& args, const lark::registration::app& app,
                                                   bool sandbox) {
    if (!sandbox) return {};
    const bool lark = lark::open_platform::domain_of(app) == lark::open_platform::lark_domain;
    return {.domain = lark ? args.options.lark_domain : args.options.domain};
}

lark::open_platform::api_request hello_to(const std::string& open_id) {
    // The content of a message is JSON inside a JSON string.
    const auto content = "{\"text\":" + lark::json::quote("hello") + "}";
    return {.method = "POST",
            .path = "/open-apis/im/v1/messages",
            .query = {{"receive_id_type", "open_id"}},
            .body = "{\"receive_id\":" + lark::json::quote(open_id) +
                    ",\"msg_type\":\"text\",\"content\":" + lark::json::quote(content) + "}"};
}

void print(const api_failure& why) { std::cerr << lark::open_platform::describe(why) << "\n"; }

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    lark::poco::event_loop loop{{.ca_file = args.ca_file}};
    shared_loop shared{loop};
    shared_loop::view for_registrations{shared};
    shared_loop::view for_calls{shared};
    lark::injected::flow_set set{for_registrations};
    std::optional<async_client> client;
    int status = 1;

    const auto say_hello = [&](const lark::registration::app& app) {
        client.emplace(for_calls, app, client_options(args, app, argc > 2));
        client->bot_info([&, app](const auto& result) {
            if (const auto* why = std::get_if<api_failure>(&result)) return print(*why);
            const auto& info = std::get<lark::open_platform::bot_info>(result);
            std::cout << app.client_id << " is " << lark::printable(info.app_name) << ", " << info.activate_status
                      << "\n";
            if (!app.user_info || !app.user_info->open_id) return;
            client->request(hello_to(*app.user_info->open_id), [&](const lark::open_platform::api_result& end) {
                if (const auto* why = std::get_if<api_failure>(&end)) return print(*why);
                const auto& sent = std::get<lark::open_platform::api_response>(end);
                std::cout << "sent " << sent.data["message_id"].as_string().value_or("(no message id)") << "\n";
                status = 0;
            });
        });
    };
    set.add({.on_qr_code = [](const auto& qr) { std::cerr << "Scan: " << qr.url << "\n"; },
             .on_finished =
                 [&](const lark::registration::outcome& outcome, std::exception_ptr) {
                     if (const auto* app = std::get_if<lark::registration::app>(&outcome)) say_hello(*app);
                     else std::cerr << std::get<lark::registration::failure>(outcome).code << "\n";
                 }},
            args.options);
    while (!set.empty() || (client && !client->empty())) loop.run_once();
    return status;
}
