// SPDX-License-Identifier: MIT
#include "page.hpp"

#include <lark/qr.hpp>
#include <lark/text.hpp>

#include <Poco/Net/Net.h>

#include <chrono>

namespace {

using Poco::Net::htmlize;

std::string document(const std::string& body, bool renews) {
    return "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Your bot</title>" +
           std::string{renews ? "<meta http-equiv=\"refresh\" content=\"3\">" : ""} + body + "</html>\n";
}

std::string pending_page(const lark::registration::public_view& view) {
    const auto left =
        std::chrono::duration_cast<std::chrono::seconds>(view.expires_at - std::chrono::system_clock::now());
    auto svg = lark::qr::to_svg(lark::qr::code{view.link}, {.module_pixels = 5});
    svg.erase(0, svg.find("<svg"));  // inside HTML, without the XML head
    return "<h1>Scan with Feishu or Lark</h1>" + svg + "<p>or open <a href=\"" + htmlize(view.link) +
           "\" rel=\"noreferrer\">this link</a> and compare the code <b>" + htmlize(lark::printable(view.user_code)) +
           "</b></p><p>" + std::to_string(std::max<long>(0, left.count())) + " s left, asked " +
           std::to_string(view.polls) + " times" +
           (view.last_error.empty() ? "" : "; the service cannot be reached at the moment") + "</p>";
}

}  // namespace

std::string start_page() {
    return document("<h1>Your bot</h1><form method=\"post\" action=\"/registrations\"><button>Register</button></form>",
                    false);
}

std::string entry_page(const entry& e) {
    if (e.snapshot) return document(pending_page(e.snapshot->view(lark::registration::view_of_link::shown)), true);
    if (e.state == "done") return document("<h1>Done</h1><p>App ID " + htmlize(e.app_id) + "</p>", false);
    return document(
        "<h1>That did not work</h1><p>" + htmlize(e.failure) + "</p>" + "<p><a href=\"/\">Start again</a></p>", false);
}
