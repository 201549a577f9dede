// SPDX-License-Identifier: MIT
#include <lark/fake/sandbox.hpp>
#include <lark/injected/client.hpp>
#include <lark/injected/register_app.hpp>
#include <lark/registration/trace_text.hpp>

#include "../contract/plain_client.hpp"
#include "talk.hpp"

#include <boost/test/unit_test.hpp>

#include <Poco/Net/ServerSocket.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>

// The sandbox on the wire.
namespace {

using namespace lark::fake;
using namespace lark::fake_test;
using namespace std::chrono_literals;
using lark::http_response;
using lark::registration::qr_code;
using lark::registration::status_change;

lark::registration::app register_at(sandbox& s, lark::registration::handlers handlers, std::stop_token stop = {}) {
    lark::contract::plain_client client;
    return lark::injected::register_app(std::move(handlers), {.domain = s.url(), .lark_domain = s.lark_url()}, client,
                                        stop);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fake_sandbox)

BOOST_AUTO_TEST_CASE(a_registration_over_http) {
    sandbox s;
    BOOST_TEST(s.ca_file().empty());
    std::string link;
    const auto app = register_at(s, {.on_qr_code = [&](const qr_code& qr) {
                                     link = qr.url;
                                     BOOST_TEST(s.approve() == 1u);
                                 }});
    BOOST_TEST(app.client_id.substr(0, 4) == "cli_");
    BOOST_TEST(link.starts_with(s.url() + "/page/launcher?user_code="));
    BOOST_TEST(s.counters().feishu.init == 1u);
    BOOST_TEST(s.counters().feishu.begin == 1u);
    BOOST_TEST(s.counters().feishu.poll == 1u);
    BOOST_TEST(s.wire(host_role::feishu).connections == 1u);
    BOOST_TEST(s.wire(host_role::feishu).requests == 3u);
    BOOST_TEST(s.wire(host_role::lark).connections == 0u);
}

BOOST_AUTO_TEST_CASE(exchanges_are_reported_from_the_servers_side_without_a_secret) {
    std::vector<lark::registration::trace_event> seen;  // by the sandbox's thread, before the reply is sent
    std::string user_code;
    std::string secrets;
    {
        sandbox s{
            {.service = {.tenant_brand = "lark"}, .on_exchange = [&](const auto& event) { seen.push_back(event); }}};
        s.add_fault({.on = action::init, .instead = http_response{503, {}, "busy"}, .delay = 1ms});
        const auto app = register_at(s, {.on_qr_code = [&](const qr_code& qr) {
                                         user_code = qr.user_code;
                                         s.approve();
                                     }});
        lark::contract::plain_client http;
        lark::injected::client client{app, http, {.domain = s.lark_url()}};
        secrets = std::string(app.client_secret.reveal()) + ' ' + std::string(client.tenant_access_token().reveal());
        BOOST_TEST(client.bot_info().enabled());
        BOOST_TEST(talker{s.url()}.ask("GET / HTTP/1.1\r\nHost: " + authority(s.url()) + "\r\n\r\n").status == 200);
    }
    using enum lark::registration::exchange_result;
    const std::vector results{bad_status, auth_methods, link, lark_user, credentials, token, data};
    BOOST_REQUIRE(seen.size() == results.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto line = to_json(seen[i], lark::registration::trace_side::server);
        BOOST_TEST((seen[i].result == results[i]), line);
        BOOST_TEST(line.find(user_code) == std::string::npos);
        BOOST_TEST(line.find(secrets.substr(0, secrets.find(' '))) == std::string::npos);
        BOOST_TEST(line.find(secrets.substr(secrets.find(' ') + 1)) == std::string::npos);
        BOOST_TEST((i == 0 || !seen[i].exchange.request_id.empty()), line);
    }
    BOOST_TEST((seen[0].took == 1ms));
    BOOST_TEST(seen[1].exchange.number == 2u);
    BOOST_TEST(seen[3].exchange.host.text() != seen[4].exchange.host.text());
}

BOOST_AUTO_TEST_CASE(a_lark_tenant_is_served_on_the_other_port) {
    sandbox s{{.service = {.tenant_brand = "lark"}}};
    const auto app = register_at(s, {.on_qr_code = [&](const qr_code&) { s.approve(); }});
    BOOST_TEST(app.user_info->tenant_brand.value() == "lark");
    BOOST_TEST(s.counters().lark.poll == 1u);
    BOOST_TEST(s.wire(host_role::lark).connections == 1u);
}

BOOST_AUTO_TEST_CASE(many_requests_share_one_connection) {
    sandbox s;
    talker t(s.url());
    for (int i = 0; i < 10; ++i) BOOST_TEST(t.ask(post_form(s, "action=init")).status == 200);
    BOOST_TEST(s.wire(host_role::feishu).connections == 1u);
    BOOST_TEST(s.wire(host_role::feishu).requests == 10u);
}

BOOST_AUTO_TEST_CASE(requests_sent_in_one_go_are_answered_in_turn) {
    sandbox s;
    talker t(s.url());
    t.say(post_form(s, "action=init") + post_form(s, "action=fly") + post_form(s, "action=init"));
    BOOST_TEST(t.hear().status == 200);
    BOOST_TEST(t.hear().status == 400);
    BOOST_TEST(t.hear().status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte) {
    sandbox s;
    talker t(s.url());
    for (const char c : post_form(s, "action=init")) t.say(std::string(1, c));
    BOOST_TEST(t.hear().status == 200);
}

BOOST_AUTO_TEST_CASE(tls_with_a_certificate_made_for_it) {
    sandbox s{{.tls = true}};
    BOOST_TEST(s.url().starts_with("https://127.0.0.1:"));
    BOOST_TEST(std::filesystem::exists(s.ca_file()));
    for (const std::string name : {"127.0.0.1", "localhost"}) {
        talker t(s.url(), s.ca_file(), name);
        for (int i = 0; i < 3; ++i) BOOST_TEST(t.ask(post_form(s, "action=init")).status == 200);
    }
    BOOST_TEST(s.wire(host_role::feishu).connections == 2u);
    BOOST_TEST(s.wire(host_role::feishu).tls_handshakes == 2u);
    talker lark(s.lark_url(), s.ca_file());
    BOOST_TEST(lark.ask(post_form_to(s.lark_url(), "action=init")).status == 200);
    BOOST_TEST(s.wire(host_role::lark).tls_handshakes == 1u);
}

BOOST_AUTO_TEST_CASE(the_certificate_is_for_these_names_and_this_authority_only) {
    const sandbox s{{.tls = true}};
    const sandbox other{{.tls = true}};
    BOOST_CHECK_THROW(talker(s.url(), s.ca_file(), "accounts.feishu.cn"), Poco::Exception);
    BOOST_CHECK_THROW(talker(s.url(), other.ca_file()), Poco::Exception);
}

BOOST_AUTO_TEST_CASE(the_made_authority_file_is_removed_with_the_sandbox) {
    std::filesystem::path file;
    {
        const sandbox s{{.tls = true}};
        file = s.ca_file();
        BOOST_TEST(std::filesystem::exists(file));
    }
    BOOST_TEST(!std::filesystem::exists(file));
    BOOST_TEST(!std::filesystem::exists(file.parent_path()));
}

BOOST_AUTO_TEST_CASE(certificate_and_key_can_be_given) {
    const pem_files made;
    sandbox s{{.tls = true, .certificate = made.certificate, .key = made.key}};
    BOOST_TEST(s.ca_file() == made.certificate);
    talker t(s.url(), s.ca_file());
    BOOST_TEST(t.ask(post_form(s, "action=init")).status == 200);
}

BOOST_AUTO_TEST_CASE(impossible_options_are_reported_at_once) {
    const pem_files made;
    BOOST_CHECK_THROW((sandbox{{.tls = true, .certificate = made.certificate}}), std::invalid_argument);
    BOOST_CHECK_THROW((sandbox{{.tls = true, .key = made.key}}), std::invalid_argument);
    BOOST_CHECK_THROW((sandbox{{.certificate = made.certificate, .key = made.key}}), std::invalid_argument);
    const auto names = [](const std::string& file) {
        return [file](const std::runtime_error& e) { return std::string(e.what()).find(file) != std::string::npos; };
    };
    BOOST_CHECK_EXCEPTION((sandbox{{.tls = true, .certificate = "/nowhere.pem", .key = made.key}}), std::runtime_error,
                          names("/nowhere.pem"));
    BOOST_CHECK_EXCEPTION((sandbox{{.tls = true, .certificate = made.certificate, .key = made.certificate}}),
                          std::runtime_error, names(made.certificate.string()));
    const Poco::Net::ServerSocket taken(Poco::Net::SocketAddress("127.0.0.1", 0));
    const auto port = taken.address().port();
    BOOST_CHECK_EXCEPTION((sandbox{{.port = port}}), std::runtime_error, names(std::to_string(port)));
}

BOOST_AUTO_TEST_CASE(only_loopback_is_listened_on) {
    const sandbox s;
    // The kernel's own list of listening sockets: 0100007F is 127.0.0.1.
    std::ifstream list("/proc/net/tcp");
    BOOST_REQUIRE(list.good());
    char port[8];
    std::snprintf(port, sizeof port, ":%04X", Poco::URI(s.url()).getPort());
    int found = 0;
    for (std::string line; std::getline(list, line);) {
        if (line.find(std::string(port) + " 00000000:0000 0A") == std::string::npos) continue;
        BOOST_TEST(line.find("0100007F" + std::string(port)) != std::string::npos, line);
        ++found;
    }
    BOOST_TEST(found == 1);
}

BOOST_AUTO_TEST_CASE(faults_are_seen_on_the_wire) {
    using kind = lark::transport_failure_kind;
    sandbox s{{.tls = true}};
    lark::fake::fault f{.on = action::init};
    const auto ask = [&] {
        talker t(s.url(), s.ca_file());
        t.say(post_form(s, "action=init"));
        return t.hear_all();
    };
    f.instead = lark::transport_failure{kind::cut, ""};
    s.add_fault(f);
    BOOST_TEST(ask().find("Content-Length: 100\r\n\r\n{\"error\":") != std::string::npos);
    f.instead = lark::transport_failure{kind::protocol, ""};
    s.add_fault(f);
    BOOST_TEST(ask() == "This is not HTTP.\r\n\r\n");
    f.instead = lark::transport_failure{kind::connect, ""};
    s.add_fault(f);
    BOOST_TEST(ask() == "");
    f.instead = lark::transport_failure{kind::too_large, ""};
    s.add_fault(f);
    BOOST_TEST(ask().size() > 1024u * 1024u);
    f.instead = http_response{418, {{"X-Odd", "yes"}, {"Connection", "close"}}, "not json"};
    s.add_fault(f);
    const auto odd = ask();
    BOOST_TEST(odd.starts_with("HTTP/1.1 418 "));
    BOOST_TEST(odd.find("\r\nX-Odd: yes\r\n") != std::string::npos);
    BOOST_TEST(odd.ends_with("\r\n\r\nnot json"));
}

BOOST_AUTO_TEST_CASE(a_late_reply_keeps_no_other_waiting) {
    sandbox s;
    s.add_fault({.on = action::init, .delay = 50ms});
    s.add_fault({.on = action::init, .instead = lark::transport_failure{lark::transport_failure_kind::timeout, ""}});
    talker late(s.url());
    late.say(post_form(s, "action=init"));
    BOOST_TEST(s.wait_for_requests(1, 5s));
    talker never(s.url());
    never.say(post_form(s, "action=init"));
    BOOST_TEST(s.wait_for_requests(2, 5s));
    talker prompt(s.url());
    BOOST_TEST(prompt.ask(post_form(s, "action=init")).status == 200);
    BOOST_TEST(late.hear().status == 200);
    BOOST_TEST(!never.says_anything());
    BOOST_TEST(!s.wait_for_requests(4, 1ms));
}

BOOST_AUTO_TEST_CASE(too_large_and_malformed_requests_are_refused) {
    sandbox s;
    const std::string host = "Host: " + authority(s.url()) + "\r\n";
    const std::string line = "POST /oauth/v1/app/registration HTTP/1.1\r\n" + host;
    const auto status_of = [&](const std::string& text) {
        talker t(s.url());
        t.say(text);
        const auto all = t.hear_all();
        return all.size() < 12 ? 0 : std::stoi(all.substr(9, 3));
    };
    BOOST_TEST(status_of(line + "Content-Length: 65537\r\n\r\n") == 413);
    BOOST_TEST(status_of(line + "Content-Length: 99999999999999999999\r\n\r\n") == 400);
    BOOST_TEST(status_of(line + "Content-Length: -1\r\n\r\n") == 400);
    BOOST_TEST(status_of(line + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab") == 400);
    BOOST_TEST(status_of(line + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 411);
    BOOST_TEST(status_of(line + "X: " + std::string(40'000, 'x')) == 431);
    std::string many = line;
    for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
    BOOST_TEST(status_of(many + "\r\n") == 400);
    BOOST_TEST(status_of("nonsense\r\n\r\n") == 400);
    BOOST_TEST(status_of(std::string("\x16\x03\x01\x00\xa5\x01\r\n\r\n", 10)) == 400);
    BOOST_TEST(status_of("POST http://example.org/ HTTP/1.1\r\n" + host + "\r\n") == 400);
    BOOST_TEST(status_of("GET / HTTP/2.0\r\n" + host + "\r\n") == 505);
    talker t(s.url());
    BOOST_TEST(t.ask(post_form(s, "action=init")).status == 200);
}

// RFC 9112: an ambiguous request is refused, and closes the connection.
BOOST_AUTO_TEST_CASE(ambiguous_requests_are_refused) {
    sandbox s;
    const std::string host = "Host: " + authority(s.url()) + "\r\n";
    const std::string close = "Connection: close\r\n";
    const std::string begin = "POST /oauth/v1/app/registration HTTP/1.1\r\n" + close + host +
                              "Content-Type: application/x-www-form-urlencoded\r\n";
    const std::string body = "action=init";
    const std::string length = std::to_string(body.size());
    const auto replies_to = [&](const std::string& text) {
        talker t(s.url());
        t.say(text);
        const auto all = t.hear_all();
        BOOST_TEST(all.find("\nHTTP/1.") == std::string::npos, all);          // one reply alone,
        BOOST_TEST(all.find("text/plain") != std::string::npos, text + all);  // and not the service's
        return all.substr(0, 12);
    };
    for (const std::string& field :
         {"Content-Length : " + length, "Content-Length\t: " + length, " Content-Length: " + length,
          "Content-Length: +" + length, "Content-Length: 0x" + length, "Content-Length: " + length + " " + length,
          "Content-Length: " + length + ", " + length, "Content-Length: " + length + ".0",
          std::string("Content-Length:"), "Content-Length: " + length + "\r\nContent-Length: " + length,
          "Content-Length: " + length + "\nX: y", "Content-Length: " + length + "\rX: y", "Content Length: " + length,
          std::string("no colon"), "X: a" + std::string(1, '\0') + "b\r\nContent-Length: " + length, ": " + length,
          "Content-Length: " + length + "\r\n" + host.substr(0, host.size() - 2)}) {
        BOOST_TEST(replies_to(begin + field + "\r\n\r\n" + body) == "HTTP/1.1 400", field);
    }
    // Lines that end in a line feed alone.
    BOOST_TEST(replies_to("GET / HTTP/1.1\n" + close + host + "\r\n") == "HTTP/1.1 400");
    BOOST_TEST(replies_to("GET / HTTP/1.1\nHost: " + authority(s.url()) + "\n\n") == "HTTP/1.1 400");
    for (const std::string& line : {std::string("GET  / HTTP/1.1"), std::string("GET / HTTP/1.1 "),
                                    std::string("GET /"), std::string(" GET / HTTP/1.1"), std::string("G@T / HTTP/1.1"),
                                    std::string("GET / HTTP/1.1.1"), std::string("GET /a b HTTP/1.1")}) {
        const auto status = replies_to(line + "\r\n" + close + host + "\r\n");
        BOOST_TEST((status == "HTTP/1.1 400" || status == "HTTP/1.1 505"), line);
    }
    BOOST_TEST(s.counters().total() == 0u);
    talker t(s.url());
    BOOST_TEST(t.ask(begin + "content-length:  " + length + " \r\n\r\n" + body).status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_100_continue_gets_it) {
    sandbox s;
    talker t(s.url());
    t.say("POST /oauth/v1/app/registration HTTP/1.1\r\nHost: " + authority(s.url()) +
          "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(t.hear().status == 100);
    BOOST_TEST(t.ask("action=init").status == 200);
}

// The process is the caller's: signals are for its threads, and descriptors are not for the programs that it starts.
BOOST_AUTO_TEST_CASE(the_process_is_left_alone) {
    const auto names_in = [](const char* folder) {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
        return names;
    };
    const auto line_of = [](const std::string& path, const std::string& name) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);)
            if (line.starts_with(name)) return line.substr(line.find_first_not_of(" \t", name.size()));
        return std::string{};
    };
    const auto threads = names_in("/proc/self/task");
    const auto descriptors = names_in("/proc/self/fd");
    const sandbox s{{.tls = true}};
    int count = 0;
    for (const auto& thread : names_in("/proc/self/task")) {
        if (threads.contains(thread)) continue;
        ++count;
        const auto blocked = std::stoull(line_of("/proc/self/task/" + thread + "/status", "SigBlk:"), nullptr, 16);
        for (const int signal : {SIGHUP, SIGINT, SIGUSR1, SIGTERM, SIGALRM, SIGCHLD, SIGURG})
            BOOST_TEST((blocked >> (signal - 1) & 1) == 1u, "signal " << signal);
    }
    BOOST_TEST(count == 1);
    count = 0;
    for (const auto& descriptor : names_in("/proc/self/fd")) {
        const auto flags = line_of("/proc/self/fdinfo/" + descriptor, "flags:");
        if (descriptors.contains(descriptor) || flags.empty()) continue;  // the second: the folder that was read
        ++count;
        BOOST_TEST((std::stoul(flags, nullptr, 8) & O_CLOEXEC) != 0u, "descriptor " << descriptor);
    }
    BOOST_TEST(count >= 3);  // two ports, and the descriptors that wait for them
}

BOOST_AUTO_TEST_CASE(a_host_header_from_outside_is_refused) {
    sandbox s;
    const auto port = ":" + std::to_string(Poco::URI(s.url()).getPort());
    const auto status_for = [&](const std::string& header) {
        talker t(s.url());
        return t.ask("GET /page/launcher?user_code=X HTTP/1.1\r\n" + header + "\r\n").status;
    };
    for (const std::string name : {"127.0.0.1", "localhost", "LocalHost", "[::1]"}) {
        BOOST_TEST(status_for("Host: " + name + port + "\r\n") == 404, name);
    }
    for (const std::string& name : {"evil.example" + port, std::string("127.0.0.1"), "127.0.0.1.evil.example" + port,
                                    std::string("localhost:1"), "evil@localhost" + port, std::string()}) {
        BOOST_TEST(status_for("Host: " + name + "\r\n") == 403, name);
    }
    BOOST_TEST(status_for("") == 403);
    talker t(s.url());
    BOOST_TEST(t.ask("POST /oauth/v1/app/registration HTTP/1.1\r\nHost: evil.example\r\nContent-Type: "
                     "application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\naction=init")
                   .status == 403);
    BOOST_TEST(s.counters().total() == 0u);
}

BOOST_AUTO_TEST_CASE(the_end_does_not_wait_for_clients) {
    auto s = std::make_unique<sandbox>(sandbox_options{.tls = true});
    s->add_fault({.on = action::init, .instead = lark::transport_failure{lark::transport_failure_kind::timeout, ""}});
    talker idle(s->url(), s->ca_file());
    talker waiting(s->url(), s->ca_file());
    waiting.say(post_form(*s, "action=init"));
    BOOST_TEST(s->wait_for_requests(1, 5s));
    s.reset();
    BOOST_TEST(waiting.hear_all() == "");
    BOOST_TEST(idle.hear_all() == "");
}

BOOST_AUTO_TEST_SUITE_END()
