// SPDX-License-Identifier: MIT
// From a scan to the first message: register, check, and say hello to the person who scanned.
#include "arguments.hpp"

#include <lark/poco.hpp>
#include <lark/text.hpp>

#include <iostream>

namespace {

/// The sandbox answers for the accounts host and the open host of a brand on one port. Without arguments the client
/// finds the open host by itself.
lark::open_platform::client_options client_options(const arguments& args, const lark::registration::app& app,
                                                   bool sandbox) {
    if (!sandbox) return {};
    const bool lark = lark::open_platform::domain_of(app) == lark::open_platform::lark_domain;
    return {.domain = lark ? args.options.lark_domain : args.options.domain};
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    const lark::poco::http_options wire{.ca_file = args.ca_file};
    try {
        const auto app = lark::register_app(
            {.on_qr_code = [](const auto& qr) { std::cerr << "Scan: " << qr.url << "\n"; }}, args.options, wire);
        lark::client client{app, client_options(args, app, argc > 2), wire};

        const auto info = client.bot_info();
        std::cout << app.client_id << " is " << lark::printable(info.app_name) << ", " << info.activate_status << "\n";
        if (!info.enabled()) {
            std::cerr << "The app is registered but not enabled: enable it in the developer console. Keep its "
                         "credentials (here: "
                         "client_id and client_secret) and use lark::client::builder() next time; running this again "
                         "registers "
                         "another app.\n";
            return 1;
        }
        if (!app.user_info || !app.user_info->open_id) {
            std::cerr << "The service did not say who scanned.\n";
            return 1;
        }
        // The content of a message is JSON inside a JSON string.
        const auto content = "{\"text\":" + lark::json::quote("hello") + "}";
        const auto sent = client.request({
            .method = "POST",
            .path = "/open-apis/im/v1/messages",
            .query = {{"receive_id_type", "open_id"}},
            .body = "{\"receive_id\":" + lark::json::quote(*app.user_info->open_id) +
                    ",\"msg_type\":\"text\",\"content\":" + lark::json::quote(content) + "}",
        });
        std::cout << "sent " << sent.data["message_id"].as_string().value_or("(no message id)") << "\n";
    } catch (const lark::register_app_error& e) {
        std::cerr << e.what() << "\n";
        return 1;
    } catch (const lark::api_error& e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
