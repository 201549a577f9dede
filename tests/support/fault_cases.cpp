// SPDX-License-Identifier: MIT
#include "fault_cases.hpp"

#include "sanitizers.hpp"

#include <cstdio>
#include <utility>

namespace lark::test {
namespace {

using namespace std::chrono_literals;
using kind = transport_failure_kind;

/// How an exchange ends, and a registration with it (protocol.md, section 2: retryable failures are tried three times).
struct end {
    std::variant<int, kind> exchange;
    const char* begin;
    int tries = 1;
    std::chrono::seconds wait{0};
    bool keeps = false;
};

const end good{200, "app"};
const end cut{kind::cut, "network_error", 3};
const end not_http{kind::protocol, "invalid_response"};
const end too_large{kind::too_large, "invalid_response"};
const end no_tls{kind::tls, "network_error"};
const end refused{kind::certificate, "certificate_error"};
const end timed_out{kind::timeout, "timeout", 3};

/// A reply after which the client keeps the connection, and the server closes it without notice.
end status(int code, int tries, std::chrono::seconds wait = 0s) { return {code, "http_error", tries, wait, true}; }
const end unreadable{200, "invalid_response", 1, 0s, true};

/// For cases that end by a timeout. The first is not affected by a loaded machine; the second has to be enough for
/// honest exchanges beside the fault, a dozen handshakes at a time.
constexpr auto short_timeout = is_sanitized ? 1000ms : 250ms;
constexpr auto timeout_among_honest = is_sanitized ? 4000ms : 2000ms;

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

std::string chunk(std::string_view text, std::string_view extension = {}) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx", text.size());
    return std::string{size}.append(extension).append("\r\n").append(text).append("\r\n");
}

std::string in_chunks(const honest_answer& answer, std::string_view trailers = {}) {
    const auto half = answer.body.size() / 2;
    return "HTTP/1.1 " + answer.status + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(answer.body.substr(0, half)) +
           chunk(answer.body.substr(half)) + "0\r\n" + std::string{trailers} + "\r\n";
}

void for_ever(peer& client, std::string_view text) {
    while (client.write(text)) {}
}

void drip(peer& client, std::string_view text) {
    for (const char c : text)
        if (!client.pause(20ms) || !client.write({&c, 1})) return;
    while (client.pause(20ms) && client.write("x")) {}
}

void hang(peer& client) {
    while (client.pause(1h)) {}
}

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\n";
constexpr std::string_view ok_chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view a_date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

/// After the request has been read.
struct reply_fault {
    const char* name;
    end result;
    std::function<void(peer&, const honest_answer&)> reply;
};

const reply_fault reply_faults[] = {
    {"closed without a reply", cut, [](peer& c, const auto&) { c.close(); }},
    {"reset before the reply", cut, [](peer& c, const auto&) { c.reset(); }},
    {"reset inside the head", cut, [](peer& c, const auto&) { c.write("HTTP/1.1 200 OK\r\nConte"), c.reset(); }},
    {"reset inside the body", cut,
     [](peer& c, const auto& a) { c.write(a.text().substr(0, a.text().size() - 5)), c.reset(); }},
    {"head cut", cut, [](peer& c, const auto&) { c.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), c.close(); }},
    {"Content-Length cut", cut,
     [](peer& c, const auto& a) { c.write(a.text().substr(0, a.text().size() - 5)), c.close(); }},
    {"chunk cut", cut, [](peer& c, const auto&) { c.write(std::string{ok_chunked} + "20\r\nmarked-body"), c.close(); }},
    {"last chunk missing", cut,
     [](peer& c, const auto& a) { c.write(std::string{ok_chunked} + chunk(a.body)), c.close(); }},
    {"trailers cut", cut,
     [](peer& c, const auto& a) { c.write(in_chunks(a).substr(0, in_chunks(a).size() - 2) + "A: b\r\n"), c.close(); }},
    {"long reply", good,
     [](peer& c, const auto& a) { c.write(reply_text(a.body + std::string(200'000, ' '), a.status)); }},
    {"closed after a keep-alive reply", good, [](peer& c, const auto& a) { c.write(a.text()), c.close(); }},
    {"reset after a keep-alive reply", good,
     [](peer& c, const auto& a) { c.write(a.text()), c.read_until("\r\n\r\n"), c.reset(); }},
    {"body until the end of the connection", good,
     [](peer& c, const auto& a) { c.write("HTTP/1.1 " + a.status + "\r\n\r\n" + a.body), c.close(); }},

    {"no reply", timed_out, [](peer& c, const auto&) { hang(c); }},
    {"head in drips", timed_out, [](peer& c, const auto&) { drip(c, "HTTP/1.1 200 OK\r\nmarked-head: x"); }},
    {"body in drips", timed_out,
     [](peer& c, const auto&) {
         c.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), drip(c, "marked-body");
     }},
    {"chunks in drips", timed_out, [](peer& c, const auto&) { c.write(ok_chunked), drip(c, "20000;e=marked-body"); }},
    {"100 Continue and no more", timed_out,
     [](peer& c, const auto&) { c.write("HTTP/1.1 100 Continue\r\n\r\n"), hang(c); }},

    {"endless headers", too_large,
     [](peer& c, const auto&) { c.write(ok), for_ever(c, "marked-name: marked-value\r\n"); }},
    {"endless header", too_large,
     [](peer& c, const auto&) { c.write(ok), c.write("a: "), for_ever(c, "marked-value"); }},
    {"lines without a colon", not_http, [](peer& c, const auto&) { c.write(ok), for_ever(c, "marked-line\r\n"); }},
    {"endless line", too_large, [](peer& c, const auto&) { c.write(ok), for_ever(c, "marked-line"); }},
    {"endless status line", too_large,
     [](peer& c, const auto&) { c.write("HTTP/1.1 200 "), for_ever(c, "marked-reason"); }},
    {"endless body", too_large,
     [](peer& c, const auto&) { c.write(ok), c.write("\r\n"), for_ever(c, std::string(65536, 'x')); }},
    {"endless chunks", too_large, [](peer& c, const auto&) { c.write(ok_chunked), for_ever(c, chunk("marked-body")); }},
    {"chunk extensions", too_large,
     [](peer& c, const auto&) { c.write(ok_chunked), for_ever(c, chunk("x", ";" + std::string(1000, 'e'))); }},
    {"endless chunk extension", too_large,
     [](peer& c, const auto&) { c.write(ok_chunked), c.write("1;"), for_ever(c, "marked-extension"); }},
    {"endless trailers", too_large,
     [](peer& c, const auto& a) { c.write(in_chunks(a).substr(0, in_chunks(a).size() - 2)), for_ever(c, "a: b\r\n"); }},
    {"body of 100 MB", too_large,
     [](peer& c, const auto&) {
         c.write("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
         const std::string block(1 << 20, 'x');
         for (int i = 0; i < 100 && c.write(block); ++i) {}
     }},
    {"body of 100 MB in chunks", too_large,
     [](peer& c, const auto&) {
         c.write(ok_chunked);
         const auto block = chunk(std::string(1 << 20, 'x'));
         for (int i = 0; i < 100 && c.write(block); ++i) {}
     }},
    {"Content-Length beyond all numbers", not_http,
     [](peer& c, const auto&) { c.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"), hang(c); }},

    {"100 before the reply", good, [](peer& c, const auto& a) { c.write("HTTP/1.1 100 Continue\r\n\r\n" + a.text()); }},
    {"102 and 103 before the reply", good,
     [](peer& c, const auto& a) {
         c.write("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\nRetry-After: 3000\r\n\r\n" +
                 a.text());
     }},
    {"hundreds of 100", not_http,
     [](peer& c, const auto&) { for_ever(c, repeated("HTTP/1.1 100 Continue\r\n\r\n", 100)); }},
    {"101 unasked", not_http,
     [](peer& c, const auto&) { c.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), hang(c); }},
    {"HTTP/1.0", good,
     [](peer& c, const auto& a) { c.write("HTTP/1.0 " + a.status + "\r\n\r\n" + a.body), c.close(); }},
    {"garbage for a status line", not_http, [](peer& c, const auto&) { c.write("marked-garbage\r\n\r\n"), hang(c); }},
    {"garbage for a status", not_http,
     [](peer& c, const auto&) { c.write("HTTP/1.1 marked-status\r\n\r\n"), hang(c); }},
    {"another service", not_http,
     [](peer& c, const auto&) { c.write("SSH-2.0-OpenSSH_9.2p1 marked-banner\r\n"), hang(c); }},
    {"frames of HTTP/2", not_http,
     [](peer& c, const auto&) {
         c.write(std::string_view{"\0\0\0\4\0\0\0\0\0", 9}), hang(c);
     }},
    {"two content lengths", not_http,
     [](peer& c, const auto& a) { c.write(a.text("Content-Length: 5\r\n")), hang(c); }},
    {"length and chunks", not_http,
     [](peer& c, const auto& a) { c.write(a.text("Transfer-Encoding: chunked\r\n")), hang(c); }},
    {"gzip unasked", unreadable,
     [](peer& c, const auto&) {
         c.write(reply_text({"\x1f\x8b\x08\0marked-body", 15}, "200 OK", "Content-Encoding: gzip\r\n"));
     }},
    {"gzip as transfer coding", not_http,
     [](peer& c, const auto&) { c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), hang(c); }},
    {"redirect to another host", status(307, 1),
     [](peer& c, const auto&) {
         c.write(reply_text("marked-body", "307 Temporary Redirect", "Location: http://other.test/marked-link\r\n"));
     }},
    {"204",
     {204, "invalid_response", 1, 0s, true},
     [](peer& c, const auto&) { c.write("HTTP/1.1 204 No Content\r\n\r\n"); }},
    {"empty 200", unreadable, [](peer& c, const auto&) { c.write(reply_text("")); }},
    {"page of a portal", unreadable,
     [](peer& c, const auto&) {
         c.write(reply_text("<html>marked-body</html>", "200 OK", "Content-Type: text/html\r\n"));
     }},
    {"404", status(404, 1), [](peer& c, const auto&) { c.write(reply_text("marked-body", "404 Not Found")); }},
    {"500", status(500, 3),
     [](peer& c, const auto&) { c.write(reply_text("marked-body", "500 Internal Server Error")); }},
    {"500 and a close that is announced",
     {500, "http_error", 3},
     [](peer& c, const auto&) {
         c.write(reply_text("marked-body", "500 Internal Server Error", "Connection: close\r\n"));
     }},
    {"429 with Retry-After in seconds", status(429, 3, 3s),
     [](peer& c, const auto&) { c.write(reply_text("{}", "429 Too Many Requests", "Retry-After: 3\r\n")); }},
    {"429 with Retry-After as a date", status(429, 3, 3s),
     [](peer& c, const auto&) {
         c.write(reply_text("{}", "429 Too Many Requests",
                            std::string{a_date} + "Retry-After: Sun, 06 Nov 1994 08:49:40 GMT\r\n"));
     }},
    {"503 with Retry-After in seconds", status(503, 3, 3s),
     [](peer& c, const auto&) { c.write(reply_text("marked-body", "503 Service Unavailable", "Retry-After: 3\r\n")); }},
    {"503 with Retry-After as a date", status(503, 3, 3s),
     [](peer& c, const auto&) {
         c.write(reply_text("", "503 Service Unavailable",
                            std::string{a_date} + "Retry-After: Sunday, 06-Nov-94 08:49:40 GMT\r\n"));
     }},
    {"chunk trailers", good,
     [](peer& c, const auto& a) { c.write(in_chunks(a, "Retry-After: 3000\r\nLocation: http://other.test/\r\n")); }},
    {"surplus reply", good,
     [](peer& c, const auto& a) {
         c.write(a.text() + reply_text(R"({"error":"access_denied"})", "400 Bad Request")), c.wait_for_close();
     }},
};

/// Before there is a request: led from the first byte of the connection, for TLS only.
struct tls_fault {
    const char* name;
    end result;
    std::function<void(peer&, const fault_certificates&)> run;
};

/// A handshake with that certificate; if it succeeds, an honest server.
auto shows(identity fault_certificates::*which) {
    return [which](peer& c, const fault_certificates& certificates) {
        if (c.start_tls(certificates.*which)) c.write(answer_honestly(c.read_request()).text());
    };
}

const tls_fault tls_faults[] = {
    {"closed at accept", cut, [](peer&, const auto&) {}},
    {"reset at accept", cut, [](peer& c, const auto&) { c.reset(); }},
    {"closed inside the handshake", cut,
     [](peer& c, const auto&) { c.write("\x16\x03\x03"), c.close(), c.wait_for_close(); }},
    {"untrusted", refused, shows(&fault_certificates::untrusted)},
    {"expired", refused, shows(&fault_certificates::expired)},
    {"not yet valid", refused, shows(&fault_certificates::early)},
    {"wrong host", refused, shows(&fault_certificates::wrong_host)},
    {"wrong host behind a slow handshake", timed_out,
     [](peer& c, const auto& certificates) {
         if (c.pause(2 * timeout_among_honest)) shows (&fault_certificates::wrong_host)(c, certificates);
     }},
    {"handshake that hangs", timed_out, [](peer& c, const auto&) { hang(c); }},
    {"handshake in drips", timed_out,
     [](peer& c, const auto&) { drip(c, tls_record('\x16', std::string(16000, '\2')).substr(0, 9)); }},
    {"TLS 1.1 only", no_tls,
     [](peer& c, const auto& certificates) {
         if (c.start_tls(certificates.good, TLS1_1_VERSION)) c.read_request();
     }},
    {"no TLS", no_tls,
     [](peer& c, const auto&) { c.write("HTTP/1.1 400 Bad Request\r\n\r\n"), c.close(), c.wait_for_close(); }},
    {"flood of garbage", no_tls, [](peer& c, const auto&) { for_ever(c, std::string(16384, 'x')); }},
    {"flood of empty records", no_tls, [](peer& c, const auto&) { for_ever(c, tls_record('\x16', "")); }},
    {"flood of warnings", no_tls, [](peer& c, const auto&) { for_ever(c, tls_record('\x15', "\1\x5a")); }},
    {"flood of HelloRequest", timed_out,
     [](peer& c, const auto&) { for_ever(c, tls_record('\x16', std::string(16000, '\0'))); }},
    {"endless handshake message", no_tls,
     [](peer& c, const auto&) {
         c.write(tls_record('\x16', std::string_view{"\2\xff\xff\xff", 4})),
             for_ever(c, tls_record('\x16', std::string(16000, '\0')));
     }},
};

/// Behind a good handshake, without a reply that could be read.
const tls_fault inner_faults[] = {
    {"end without good-bye", cut,
     [](peer& c, const auto& certificates) {
         if (c.start_tls(certificates.good))
             c.write("HTTP/1.1 200 OK\r\n\r\n" + answer_honestly(c.read_request()).body);
     }},
    {"certificate of the client asked for", no_tls,
     [](peer& c, const auto& certificates) {
         const auto ask = [](SSL* ssl) {
             SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
         };
         if (c.start_tls(certificates.good, 0, ask)) c.read_request();
         c.wait_for_close();
     }},
    {"flood of tickets", timed_out,
     [](peer& c, const auto& certificates) {
         if (!c.start_tls(certificates.good, TLS1_3_VERSION)) return;
         c.read_request();
         while (c.pause(0ms) && SSL_new_session_ticket(c.tls()) == 1 && SSL_do_handshake(c.tls()) == 1) {}
     }},
    {"flood of key updates", timed_out,
     [](peer& c, const auto& certificates) {
         if (!c.start_tls(certificates.good, TLS1_3_VERSION)) return;
         c.read_request();
         while (c.pause(0ms) && SSL_key_update(c.tls(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
                SSL_do_handshake(c.tls()) == 1) {}
     }},
};

fault_case to_case(std::string name, bool tls, const end& result) {
    fault_case made{std::move(name), tls, {}, result.exchange, result.begin, result.tries, result.wait, result.keeps};
    if (made.exchange == std::variant<int, kind>{kind::timeout}) {
        made.timeout = short_timeout;
        made.timeout_among_honest = timeout_among_honest;
    }
    if (is_sanitized) made.longest *= 4;
    return made;
}

}  // namespace

honest_answer answer_honestly(const std::string& request) {
    const auto asks_for = [&](const char* what) { return request.find(what) != std::string::npos; };
    if (asks_for("action=init"))
        return {.body = R"({"supported_auth_methods":["client_secret"],"nonce":"marked-nonce"})"};
    if (asks_for("action=begin"))
        return {.body = R"({"device_code":"marked-device","user_code":"marked-user","interval":1,"expires_in":600,)"
                        R"("verification_uri":"https://open.test/v",)"
                        R"("verification_uri_complete":"https://open.test/v?c=marked-link"})"};
    if (asks_for("action=poll"))
        return {.body = R"({"client_id":"cli_1","client_secret":"marked-secret","user_info":{"open_id":"ou_1"}})"};
    return {.body = "marked-body"};
}

std::vector<fault_case> fault_table() {
    std::vector<fault_case> table;
    for (const auto& fault : reply_faults)
        for (const bool tls : {false, true}) {
            auto& made =
                table.emplace_back(to_case(std::string{tls ? "https: " : "http: "} + fault.name, tls, fault.result));
            made.run = [tls, reply = fault.reply](peer& client, const fault_certificates& certificates) {
                if (tls && !client.start_tls(certificates.good)) return;
                if (const auto request = client.read_request(); !request.empty())
                    reply(client, answer_honestly(request));
            };
        }
    for (const auto& fault : tls_faults) {
        auto& made = table.emplace_back(to_case(std::string{"https: "} + fault.name, true, fault.result));
        made.run = fault.run;
        made.no_request = true;
    }
    for (const auto& fault : inner_faults) {
        auto& made = table.emplace_back(to_case(std::string{"https: "} + fault.name, true, fault.result));
        made.run = fault.run;
    }
    return table;
}

fault_server::fault_server(const fault_case& fault, const fault_certificates& certificates, strike when)
    : fault_{fault}, certificates_{certificates}, when_{when}, server_{[this](peer& client) { lead(client); }} {}

std::string fault_server::url() const { return server_.url(fault_.tls ? "https" : "http", "127.0.0.1", ""); }

void fault_server::lead(peer& client) {
    if (when_ == strike::always || client.number() == 2) {
        ++struck_;
        fault_.run(client, certificates_);
        return;
    }
    // Nothing to resume: the next handshake is to be a whole one.
    if (fault_.tls && !client.start_tls(certificates_.good, 0, [](SSL* ssl) { SSL_set_num_tickets(ssl, 0); })) return;
    const auto request = client.read_request();
    if (request.empty()) return;
    client.write(answer_honestly(request).text("Connection: close\r\n"));
    client.close();
}

}  // namespace lark::test
