#include "page.hpp"

#include "../form.hpp"
#include "html.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace lark::fake {

namespace {

using parameters = Poco::URI::QueryParameters;

/// The query of a request target; none if it cannot be read.
parameters query_of(const std::string& target) {
    try {
        return Poco::URI("http://localhost" + target).getQueryParameters();
    } catch (const Poco::SyntaxException&) {
        return {};
    }
}

std::string first(const parameters& query, std::string_view name) {
    for (const auto& [key, value] : query) {
        if (key == name) return value;
    }
    return {};
}

constexpr std::string_view policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

http_response html_response(int status, const std::string& body) {
    return {status,
            {{"Content-Type", "text/html; charset=utf-8"},
             {"Content-Security-Policy", std::string(policy)},
             {"X-Content-Type-Options", "nosniff"},
             {"X-Frame-Options", "DENY"},
             {"Referrer-Policy", "same-origin"},
             {"Cache-Control", "no-store"}},
            body};
}

std::string document(std::string_view title, const std::string& content) {
    return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
           escape_html(title) + "</title>\n</head>\n<body>\n<main>\n<h1>" + escape_html(title) + "</h1>\n" + content +
           "</main>\n</body>\n</html>\n";
}

http_response message(int status, std::string_view title, std::string_view text) {
    return html_response(status, document(title, "<p>" + escape_html(text) + "</p>\n"));
}

std::string row(std::string_view name, std::string_view value) {
    return "<dt>" + escape_html(name) + "</dt><dd>" + escape_html(value) + "</dd>\n";
}

std::string button(std::string_view decision, std::string_view label, std::string_view user_code,
                   std::string_view token) {
    const auto hidden = [](std::string_view name, std::string_view value) {
        return "<input type=\"hidden\" name=\"" + escape_html(name) + "\" value=\"" + escape_html(value) + "\">";
    };
    return "<form method=\"post\">" + hidden("user_code", user_code) + hidden("token", token) +
           hidden("decision", decision) + "<button type=\"submit\">" + escape_html(label) + "</button></form>\n";
}

std::string_view verdict(code_state state) noexcept {
    switch (state) {
    case code_state::pending: return "";
    case code_state::approved: return "You have approved. The program gets its credentials with its next poll.";
    case code_state::used: return "You have approved, and the program has fetched its credentials.";
    case code_state::denied: return "You have denied. The program will be told.";
    case code_state::expired: return "This code has expired. Start the registration again for a new one.";
    }
    return "";
}

}  // namespace

decision_page::decision_page() {
    if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
        throw std::runtime_error("no random bytes to be had");
}

bool decision_page::serves(std::string_view path) noexcept { return path == "/page/launcher" || path == "/page/cli"; }

http_response decision_page::handle(const http_request& request, accounts_service& service, time_point now) const {
    if (request.method == "GET") return show(request, service, now);
    if (request.method == "POST") return decide(request, service, now);
    auto refusal = message(405, "Not like this", "This page knows GET and POST.");
    refusal.headers.push_back({"Allow", "GET, POST"});
    return refusal;
}

http_response decision_page::show(const http_request& request, accounts_service& service, time_point now) const {
    const auto query = query_of(request.url);
    const auto user_code = first(query, "user_code");
    if (!service.open(user_code, now)) {
        return message(404, "No such code", "The link names no code of this sandbox, or it has been restarted since.");
    }
    const auto code = service.find(user_code, now);
    std::string content = "<dl>\n" + row("Code", code->user_code);
    for (const auto& [name, value] : query) {
        if (name != "user_code") content += row(name, value);
    }
    content += "</dl>\n";
    if (code->state == code_state::pending) {
        content +=
            "<p>Approve only what you have started yourself. A code that somebody sent you gives them your app.</p>\n";
        const auto token = token_for(user_code);
        content += button("approve", "Approve", user_code, token) + button("deny", "Deny", user_code, token);
    } else {
        content += "<p role=\"status\">" + escape_html(verdict(code->state)) + "</p>\n";
    }
    return html_response(200, document("Register an app (sandbox)", content));
}

http_response decision_page::decide(const http_request& request, accounts_service& service, time_point now) const {
    const auto form = is_form(request) ? parse_form(request.body) : std::nullopt;
    if (!form) return message(400, "Not like this", "The form cannot be read.");
    const auto user_code = field(*form, "user_code");
    const auto token = field(*form, "token");
    const auto expected = token_for(user_code);
    if (token.size() != expected.size() || CRYPTO_memcmp(token.data(), expected.data(), expected.size()) != 0) {
        return message(403, "Not from this page", "The form does not come from this page. Open the link again.");
    }
    const auto decision = field(*form, "decision");
    if (decision != "approve" && decision != "deny") return message(400, "Not like this", "Approve or deny.");
    // Too late or twice changes nothing; the page says where the code stands.
    if (decision == "approve")
        service.approve(user_code, now);
    else
        service.deny(user_code, now);
    auto back = message(303, "Done", "Thank you.");
    back.headers.push_back({"Location", request.url});
    return back;
}

std::string decision_page::token_for(std::string_view user_code) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
              reinterpret_cast<const unsigned char*>(user_code.data()), user_code.size(), digest.data(), &size)) {
        throw std::runtime_error("HMAC-SHA256 is not to be had");
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

}  // namespace lark::fake
